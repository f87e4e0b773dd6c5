namespace Collimate.Torch.Optimization;

/// <summary>Moves parameters along their gradients, and can be stopped and gone on with.</summary>
public abstract class Optimizer : IDisposable
{
    /// <param name="groups">What learns; the groups' learning rates are read at every step.</param>
    /// <exception cref="ArgumentException">A parameter is there twice.</exception>
    protected Optimizer(IReadOnlyList<ParameterGroup> groups)
    {
        Groups = groups;
        Parameters = [.. groups.SelectMany(g => g.Parameters)];
        if (Parameters.DistinctBy(parameter => parameter.Handle).Count() != Parameters.Count)
        {
            throw new ArgumentException("A parameter stands in the groups twice and would be moved twice in every step.", nameof(groups));
        }
    }

    /// <summary>What learns.</summary>
    public IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>All parameters, group after group.</summary>
    public IReadOnlyList<Tensor> Parameters { get; }

    /// <summary>How many steps have been taken.</summary>
    public long StepCount { get; protected set; }

    /// <summary>Moves every parameter that has a gradient.</summary>
    /// <param name="gradientScale">What gradients are multiplied by on the way in, such as the factor of <see cref="GradientClipping.Measure"/>.</param>
    public abstract void Step(double gradientScale = 1);

    /// <summary>The state for a checkpoint, by the parameters' names. The tensors are the optimizer's own.</summary>
    /// <param name="names">The names of all parameters, group after group.</param>
    /// <exception cref="ArgumentException">There are not as many names as parameters.</exception>
    public abstract IReadOnlyDictionary<string, Tensor> StateDict(IReadOnlyList<string> names);

    /// <summary>Takes over a state that <see cref="StateDict"/> gave.</summary>
    /// <param name="state">The state.</param>
    /// <param name="names">The names of all parameters, group after group.</param>
    /// <exception cref="Serialization.CheckpointException">A tensor is missing or has another shape; nothing has been changed then.</exception>
    /// <exception cref="ArgumentException">There are not as many names as parameters.</exception>
    public abstract void LoadStateDict(IReadOnlyDictionary<string, Tensor> state, IReadOnlyList<string> names);

    /// <summary>Lets go of all gradients.</summary>
    public void ZeroGradients()
    {
        foreach (var parameter in Parameters)
        {
            parameter.Grad = null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases the state.</summary>
    protected abstract void Dispose(bool disposing);

    /// <summary>Whether a tensor is of a half type, whose moments are kept in single precision.</summary>
    protected static bool IsHalf(Tensor tensor) => tensor.Type is ScalarType.Float16 or ScalarType.BFloat16;

    /// <summary>One entry of a state.</summary>
    /// <exception cref="Serialization.CheckpointException">It is missing, or has another shape, or another type where one is named.</exception>
    protected static Tensor Entry(IReadOnlyDictionary<string, Tensor> state, string key, long[] shape, ScalarType? type = null)
    {
        const string Mend = "The state belongs to another recipe: start afresh, or resume with the recipe of the run.";
        var expected = $"the shape [{string.Join(", ", shape)}]{(type is null ? "" : $" of {type}")}";
        if (!state.TryGetValue(key, out var value))
        {
            throw Serialization.CheckpointException.At("the optimizer's state", key, "no such tensor", expected, Mend);
        }

        return value.Shape.SequenceEqual(shape) && (type is null || value.Type == type) ? value : throw Serialization.CheckpointException.At("the optimizer's state", key, $"{value}", expected, Mend);
    }

    /// <summary>Checks that every parameter has a name.</summary>
    protected void CheckNames(IReadOnlyList<string> names)
    {
        if (names.Count != Parameters.Count)
        {
            throw new ArgumentException($"{names.Count} names were given for {Parameters.Count} parameters; every parameter needs its name, group after group.", nameof(names));
        }
    }
}
