using Collimate.Torch.Fused;
using Collimate.Torch.Serialization;

namespace Collimate.Torch.Optimization;

/// <summary>Adam with decoupled weight decay. Source: Loshchilov and Hutter 2019. PyTorch: <c>torch.optim.AdamW</c>.</summary>
/// <remarks>
/// <para>Every parameter counts its own steps, so that one which gets its first gradient late starts with the same care as the others.</para>
/// <para>The moments of half types are kept in single precision: a square would vanish in them.</para>
/// </remarks>
public sealed class AdamW : Optimizer
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
        : base(groups)
    {
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

        firstMoments = [.. Parameters.Select(ZeroMoment)];
        secondMoments = [.. Parameters.Select(ZeroMoment)];
        steps = new long[Parameters.Count];
    }

    /// <inheritdoc/>
    public override void Step(double gradientScale = 1)
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

    /// <summary>The state for a checkpoint: both moments and the step count of every parameter, by the parameters' names. The moments are the optimizer's own.</summary>
    /// <param name="names">The names of all parameters, group after group.</param>
    /// <exception cref="ArgumentException">There are not as many names as parameters.</exception>
    public override IReadOnlyDictionary<string, Tensor> StateDict(IReadOnlyList<string> names)
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
    public override void LoadStateDict(IReadOnlyDictionary<string, Tensor> state, IReadOnlyList<string> names)
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
    protected override void Dispose(bool disposing)
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
}
