using Collimate.Torch.Fused;

namespace Collimate.Torch.Optimization;

/// <summary>Adam with decoupled weight decay. Source: Loshchilov and Hutter 2019. PyTorch: <c>torch.optim.AdamW</c>.</summary>
/// <remarks>
/// m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², p ← p(1 − ηλ) − η · m̂ / (√v̂ + ε), with m̂ = m/(1 − β₁ᵗ) and v̂ = v/(1 − β₂ᵗ).
/// The step t is counted for all parameters together; one without a gradient is left alone in that step.
/// </remarks>
public sealed class AdamW : IDisposable
{
    private const string StepKey = "step";

    private readonly Tensor[] firstMoments;
    private readonly Tensor[] secondMoments;
    private readonly (double First, double Second) betas;
    private readonly double epsilon;

    /// <param name="groups">What learns; the groups' learning rates are read at every step.</param>
    /// <param name="betas">Decay rates of the first and second moment; 0.9 and 0.999 where null.</param>
    /// <param name="epsilon">Added to the root of the second moment.</param>
    /// <exception cref="ArgumentException">A parameter stands in two groups, or a rate is out of its range.</exception>
    public AdamW(IReadOnlyList<ParameterGroup> groups, (double First, double Second)? betas = null, double epsilon = 1e-8)
    {
        Groups = groups;
        this.betas = betas ?? (0.9, 0.999);
        this.epsilon = epsilon;
        if (this.betas is not { First: >= 0 and < 1, Second: >= 0 and < 1 } || !(epsilon >= 0))
        {
            throw new ArgumentException($"betas {this.betas} and epsilon {epsilon}: betas go from 0 to below 1, epsilon from 0 up");
        }

        Tensor[] parameters = [.. groups.SelectMany(g => g.Parameters)];
        if (parameters.DistinctBy(p => p.Handle).Count() != parameters.Length)
        {
            throw new ArgumentException("a parameter stands in two groups (or twice in one) and would be moved twice a step", nameof(groups));
        }

        firstMoments = [.. parameters.Select(MomentOf)];
        secondMoments = [.. parameters.Select(MomentOf)];
    }

    /// <summary>What learns.</summary>
    public IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>How many steps have been taken.</summary>
    public long StepCount { get; private set; }

    /// <summary>Moves every parameter that has a gradient.</summary>
    public void Step()
    {
        using var scope = new TensorScope();
        using var _ = GradMode.Disable();
        StepCount++;
        var offset = 0;
        foreach (var group in Groups)
        {
            StepGroup(group, offset);
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

    /// <summary>The state for a checkpoint: both moments of every parameter and the step count, by the parameters' names.</summary>
    /// <param name="names">The names of the parameters, group after group.</param>
    /// <returns>The optimizer's own tensors: copy them to keep a moment of the run, and do not dispose them.</returns>
    /// <exception cref="ArgumentException">There are not as many different names as parameters.</exception>
    public IReadOnlyDictionary<string, Tensor> StateDict(IReadOnlyList<string> names)
    {
        CheckNames(names);
        var state = new SortedDictionary<string, Tensor>(StringComparer.Ordinal) { [StepKey] = Tensor.Scalar(StepCount, ScalarType.Int64) };
        for (var k = 0; k < names.Count; k++)
        {
            state[$"first.{names[k]}"] = firstMoments[k];
            state[$"second.{names[k]}"] = secondMoments[k];
        }

        return state;
    }

    /// <summary>Goes on from a state that <see cref="StateDict"/> gave.</summary>
    /// <param name="state">The state; it may lie in a mapped file, for values are copied.</param>
    /// <param name="names">The names of the parameters, group after group.</param>
    /// <exception cref="Serialization.CheckpointException">A tensor is absent, of another shape, or left over. Nothing has been changed then.</exception>
    /// <exception cref="ArgumentException">There are not as many different names as parameters.</exception>
    public void LoadStateDict(IReadOnlyDictionary<string, Tensor> state, IReadOnlyList<string> names)
    {
        CheckNames(names);
        var first = names.Select((name, k) => Entry(state, $"first.{name}", firstMoments[k].Shape)).ToArray();
        var second = names.Select((name, k) => Entry(state, $"second.{name}", secondMoments[k].Shape)).ToArray();
        var step = Entry(state, StepKey, []).ItemInt64();
        var held = state.Keys.Count(key => key.StartsWith("first.", StringComparison.Ordinal));
        if (step < 0 || held != names.Count)
        {
            throw Foreign(step < 0 ? $"it counts {step} steps" : $"it is of {held} parameters, {names.Count} are trained");
        }

        StepCount = step;
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

    private void StepGroup(ParameterGroup group, int offset)
    {
        var (values, gradients, first, second) = (new List<Tensor>(), new List<Tensor>(), new List<Tensor>(), new List<Tensor>());
        var narrow = new List<(Tensor Parameter, Tensor Wide)>();
        for (var k = 0; k < group.Parameters.Count; k++)
        {
            var parameter = group.Parameters[k];
            if (parameter.Grad is not { } gradient)
            {
                continue;
            }

            var (mean, square) = (firstMoments[offset + k], secondMoments[offset + k]);
            if (parameter.Type == mean.Type)
            {
                values.Add(parameter);
            }
            else
            {
                // The operator wants one type throughout, so a narrow parameter is moved in its moments' type and rounded once at the end.
                narrow.Add((parameter, parameter.To(mean.Type)));
                values.Add(narrow[^1].Wide);
            }

            gradients.Add(gradient.Type == mean.Type ? gradient : gradient.To(mean.Type));
            first.Add(mean);
            second.Add(square);
        }

        if (values.Count == 0)
        {
            return;
        }

        FusedOperators.AdamW(
            [.. values], [.. gradients], [.. first], [.. second],
            group.LearningRate, betas.First, betas.Second, epsilon, group.WeightDecay, StepCount);
        foreach (var (parameter, wide) in narrow)
        {
            parameter.CopyFrom_(wide);
        }
    }

    // Sixteen bits are too few for a running mean of squares.
    private static Tensor MomentOf(Tensor parameter)
    {
        var type = parameter.Type.Size() < ScalarType.Float32.Size() ? ScalarType.Float32 : parameter.Type;
        return Tensor.Zeros(parameter.Shape, type, parameter.Device).Keep();
    }

    private static Tensor Entry(IReadOnlyDictionary<string, Tensor> state, string key, long[] shape) =>
        !state.TryGetValue(key, out var value) ? throw Foreign($"it has no '{key}'")
        : value.Shape.SequenceEqual(shape) ? value
        : throw Foreign($"its '{key}' is {value}, expected [{string.Join(", ", shape)}]");

    private static Serialization.CheckpointException Foreign(string what) =>
        new($"the optimizer's state does not fit what is trained: {what}. It belongs to another recipe: resume with the recipe of that run, or start afresh.");

    private void CheckNames(IReadOnlyList<string> names)
    {
        if (names.Count != firstMoments.Length || names.Distinct(StringComparer.Ordinal).Count() != names.Count)
        {
            throw new ArgumentException($"{names.Count} names ({names.Distinct(StringComparer.Ordinal).Count()} different ones) were given for {firstMoments.Length} parameters", nameof(names));
        }
    }
}
