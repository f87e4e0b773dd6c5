using Collimate.Torch.Serialization;

namespace Collimate.Torch.Optimization;

/// <summary>What all forms of AdamW share: who takes which step, parameters of half types, and the state for a checkpoint. They differ in how the moments are kept.</summary>
/// <remarks>
/// <para>Every parameter counts its own steps, so that one which gets its first gradient late starts with the same care as the others.</para>
/// <para>A parameter of a half type is moved in a copy in single precision, which belongs to the optimizer and its state: an update smaller than
/// half the distance between two halves would otherwise be rounded away, every time. Training under <see cref="Autocast"/> needs no copies, as its
/// parameters are in single precision themselves.</para>
/// </remarks>
public abstract class AdamWOptimizer : Optimizer
{
    private readonly Tensor?[] copies;
    private readonly long[] steps;

    /// <param name="groups">What learns; the groups' learning rates are read at every step.</param>
    /// <param name="betas">Decay rates of the first and second moment; 0.9 and 0.999 where null.</param>
    /// <param name="epsilon">Added to the root of the second moment.</param>
    /// <exception cref="ArgumentException">A parameter is there twice, or a rate is out of its range.</exception>
    private protected AdamWOptimizer(IReadOnlyList<ParameterGroup> groups, (double First, double Second)? betas, double epsilon)
        : base(groups)
    {
        Betas = betas ?? (0.9, 0.999);
        Epsilon = epsilon;
        if (Betas is not { First: >= 0 and < 1, Second: >= 0 and < 1 })
        {
            throw new ArgumentException($"The decay rates {Betas} are not from 0 to below 1.", nameof(betas));
        }

        if (!(epsilon >= 0))
        {
            throw new ArgumentException($"{epsilon} cannot be added to a root; 0 is the least.", nameof(epsilon));
        }

        using var _ = GradMode.Disable();
        copies = [.. Parameters.Select(p => IsHalf(p) ? p.To(ScalarType.Float32).Keep() : null)];
        steps = new long[Parameters.Count];
    }

    /// <summary>Bytes of moments in single precision, and of the copy that a parameter of a half type has.</summary>
    private protected static long WideBytes(Tensor parameter) => parameter.ElementCount * sizeof(float) * (IsHalf(parameter) ? 3 : 2);

    private protected (double First, double Second) Betas { get; }

    private protected double Epsilon { get; }

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
            var moved = Enumerable.Range(offset, group.Parameters.Count).Where(k => Parameters[k].Grad is not null).GroupBy(k => ++steps[k]);
            foreach (var alike in moved)
            {
                int[] which = [.. alike];
                Move(which, [.. which.Select(Value)], [.. which.Select(k => Parameters[k].Grad!)], group, alike.Key, scale);
                foreach (var k in which.Where(k => copies[k] is not null))
                {
                    Parameters[k].CopyFrom_(copies[k]!);
                }
            }

            offset += group.Parameters.Count;
        }
    }

    /// <summary>The state for a checkpoint: the moments and the step count of every parameter, by the parameters' names. The tensors are the optimizer's own.</summary>
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
        foreach (var (key, own) in Entries(names))
        {
            state.Add(key, own);
        }

        return state;
    }

    /// <summary>Goes on from a state that <see cref="StateDict"/> gave.</summary>
    /// <param name="state">The state.</param>
    /// <param name="names">The names of all parameters, group after group.</param>
    /// <exception cref="CheckpointException">A tensor is absent, or of another shape or type. Nothing has been changed then.</exception>
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
        var found = Entries(names).Select(entry => (entry.Own, Given: Entry(state, entry.Key, entry.Own.Shape, entry.Own.Type))).ToArray();

        // From here on nothing fails.
        StepCount = count;
        counts.CopyTo(steps, 0);
        foreach (var (own, given) in found)
        {
            own.CopyFrom_(given);
        }
    }

    /// <summary>Moves parameters that take the same step of their count.</summary>
    /// <param name="which">Their places among <see cref="Optimizer.Parameters"/>.</param>
    /// <param name="values">What is moved.</param>
    /// <param name="gradients">The gradient of each.</param>
    /// <param name="group">Their learning rate and decay.</param>
    /// <param name="step">The step, counted from 1.</param>
    /// <param name="gradientScale">What gradients are multiplied by; null for 1.</param>
    private protected abstract void Move(int[] which, Tensor[] values, Tensor[] gradients, ParameterGroup group, long step, Tensor? gradientScale);

    /// <summary>What is kept of one parameter, with the word that stands before its name in a state.</summary>
    private protected abstract IEnumerable<(string Kind, Tensor Own)> StateOf(int parameter);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (var own in Enumerable.Range(0, Parameters.Count).SelectMany(StateOf).Select(kept => kept.Own).Concat(copies.OfType<Tensor>()))
        {
            own.Dispose();
        }
    }

    private protected static Tensor ZeroMoment(Tensor parameter)
    {
        var type = IsHalf(parameter) ? ScalarType.Float32 : parameter.Type;
        return Tensor.Zeros(parameter.Shape, type, parameter.Device).Keep();
    }

    // A parameter that is no longer what its copy rounds to was given another value from outside, which counts.
    private Tensor Value(int parameter)
    {
        var value = Parameters[parameter];
        if (copies[parameter] is not { } copy)
        {
            return value;
        }

        if (copy.To(value.Type).Ne(value).Any().ItemBool())
        {
            copy.CopyFrom_(value);
        }

        return copy;
    }

    private IEnumerable<(string Key, Tensor Own)> Entries(IReadOnlyList<string> names)
    {
        for (var k = 0; k < names.Count; k++)
        {
            foreach (var (kind, own) in StateOf(k))
            {
                yield return ($"{kind}.{names[k]}", own);
            }

            if (copies[k] is { } copy)
            {
                yield return ($"value.{names[k]}", copy);
            }
        }
    }
}
