using Collimate.Torch.Fused;
using Collimate.Torch.Serialization;

namespace Collimate.Torch.Optimization;

/// <summary>Adam with decoupled weight decay. Source: Loshchilov and Hutter 2019. PyTorch: <c>torch.optim.AdamW</c>.</summary>
/// <remarks>
/// <para>Every parameter counts its own steps, so that one which gets its first gradient late starts with the same care as the others.</para>
/// <para>The moments of half types are kept in single precision: a square would vanish in them.</para>
/// </remarks>
public sealed class AdamW : IDisposable
{
    private readonly Tensor[] firstMoments;
    private readonly Tensor[] secondMoments;
    private readonly (double First, double Second) betas;
    private readonly double epsilon;
    private readonly long[] steps;

    /// <param name="groups">What learns; the groups' learning rates are read at every step.</param>
    /// <param name="betas">Decay rates of the first and second moment; 0.9 and 0.999 where null.</param>
    /// <param name="epsilon">Added to the root of the second moment.</param>
    /// <exception cref="ArgumentException">A parameter is there twice, or a rate is out of its range.</exception>
    public AdamW(IReadOnlyList<ParameterGroup> groups, (double First, double Second)? betas = null, double epsilon = 1e-8)
    {
        Groups = groups;
        this.betas = betas ?? (0.9, 0.999);
        this.epsilon = epsilon;
        if (this.betas is not { First: >= 0 and < 1, Second: >= 0 and < 1 })
        {
            throw new ArgumentException($"The decay rates {this.betas} are not from 0 to below 1.", nameof(betas));
        }

        if (!(epsilon >= 0))
        {
            throw new ArgumentException($"{epsilon} cannot be added to a root; 0 is the least.", nameof(epsilon));
        }

        Tensor[] parameters = [.. groups.SelectMany(g => g.Parameters)];
        if (parameters.DistinctBy(parameter => parameter.Handle).Count() != parameters.Length)
        {
            throw new ArgumentException("A parameter stands in the groups twice and would be moved twice in every step.", nameof(groups));
        }

        firstMoments = [.. parameters.Select(ZeroMoment)];
        secondMoments = [.. parameters.Select(ZeroMoment)];
        steps = new long[parameters.Length];
    }

    /// <summary>What learns.</summary>
    public IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>How many steps have been taken.</summary>
    public long StepCount { get; private set; }

    /// <summary>Moves every parameter that has a gradient.</summary>
    /// <param name="gradientScale">What gradients are multiplied by on the way in, such as the factor of <see cref="GradientClipping.Measure"/>.</param>
    public void Step(double gradientScale = 1)
    {
        using var scope = new TensorScope();
        using var _ = GradMode.Disable();
        StepCount++;
        var scale = gradientScale == 1 ? null : Tensor.Scalar(gradientScale, ScalarType.Float64);
        var offset = 0;
        foreach (var group in Groups)
        {
            var moved = Enumerable.Range(0, group.Parameters.Count)
                .Select(k => (Value: group.Parameters[k], Gradient: group.Parameters[k].Grad, Index: offset + k))
                .Where(item => item.Gradient is not null)
                .GroupBy(item => ++steps[item.Index]);
            foreach (var alike in moved)
            {
                var items = alike.ToArray();
                Tensor[] values = [.. items.Select(i => IsHalf(i.Value) ? i.Value.To(ScalarType.Float32) : i.Value)];
                FusedOperators.AdamW(
                    values, [.. items.Select(i => i.Gradient!)], [.. items.Select(i => firstMoments[i.Index])], [.. items.Select(i => secondMoments[i.Index])],
                    group.LearningRate, betas.First, betas.Second, epsilon, group.WeightDecay, alike.Key, scale);
                foreach (var (item, value) in items.Zip(values).Where(pair => IsHalf(pair.First.Value)))
                {
                    item.Value.CopyFrom_(value);
                }
            }

            offset += group.Parameters.Count;
        }
    }

    /// <summary>Lets go of all gradients.</summary>
    public void ZeroGradients()
    {
        foreach (var parameter in Groups.SelectMany(g => g.Parameters))
        {
            parameter.Grad = null;
        }
    }

    /// <summary>The state for a checkpoint: both moments and the step count of every parameter, by the parameters' names. The moments are the optimizer's own.</summary>
    /// <param name="names">The names of all parameters, group after group.</param>
    /// <exception cref="ArgumentException">There are not as many names as parameters.</exception>
    public IReadOnlyDictionary<string, Tensor> StateDict(IReadOnlyList<string> names)
    {
        CheckNames(names);
        var state = new SortedDictionary<string, Tensor>(StringComparer.Ordinal)
        {
            ["step"] = Tensor.Scalar(StepCount, ScalarType.Int64),
            ["steps"] = Tensor.From(steps),
        };
        for (var k = 0; k < names.Count; k++)
        {
            state.Add($"first.{names[k]}", firstMoments[k]);
            state.Add($"second.{names[k]}", secondMoments[k]);
        }

        return state;
    }

    /// <summary>Goes on from a state that <see cref="StateDict"/> gave.</summary>
    /// <param name="state">The state.</param>
    /// <param name="names">The names of all parameters, group after group.</param>
    /// <exception cref="CheckpointException">A tensor is absent or of another shape. Nothing has been changed then.</exception>
    /// <exception cref="ArgumentException">There are not as many names as parameters.</exception>
    public void LoadStateDict(IReadOnlyDictionary<string, Tensor> state, IReadOnlyList<string> names)
    {
        CheckNames(names);
        using var scope = new TensorScope();
        var count = Entry(state, "step", []).ItemInt64();
        // A state without counts comes from an optimizer whose parameters all took every step.
        var counts = state.ContainsKey("steps")
            ? Entry(state, "steps", [steps.Length]).To(ScalarType.Int64).ToArray<long>()
            : [.. Enumerable.Repeat(count, steps.Length)];
        var first = names.Select((name, k) => Entry(state, $"first.{name}", firstMoments[k].Shape)).ToArray();
        var second = names.Select((name, k) => Entry(state, $"second.{name}", secondMoments[k].Shape)).ToArray();

        // From here on nothing fails.
        StepCount = count;
        counts.CopyTo(steps, 0);
        for (var k = 0; k < names.Count; k++)
        {
            firstMoments[k].CopyFrom_(first[k]);
            secondMoments[k].CopyFrom_(second[k]);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var moment in firstMoments.Concat(secondMoments))
        {
            moment.Dispose();
        }
    }

    private static Tensor ZeroMoment(Tensor parameter)
    {
        var type = IsHalf(parameter) ? ScalarType.Float32 : parameter.Type;
        return Tensor.Zeros(parameter.Shape, type, parameter.Device).Keep();
    }

    private static bool IsHalf(Tensor tensor) => tensor.Type is ScalarType.Float16 or ScalarType.BFloat16;

    private static Tensor Entry(IReadOnlyDictionary<string, Tensor> state, string key, long[] shape)
    {
        const string Mend = "The state belongs to another recipe: start afresh, or resume with the recipe of the run.";
        var expected = $"the shape [{string.Join(", ", shape)}]";
        if (!state.TryGetValue(key, out var value))
        {
            throw CheckpointException.At("the optimizer's state", key, "no such tensor", expected, Mend);
        }

        return value.Shape.SequenceEqual(shape) ? value : throw CheckpointException.At("the optimizer's state", key, $"{value}", expected, Mend);
    }

    private void CheckNames(IReadOnlyList<string> names)
    {
        if (names.Count != steps.Length)
        {
            throw new ArgumentException($"{names.Count} names were given for {steps.Length} parameters; every parameter needs its name, group after group.", nameof(names));
        }
    }
}
