using Collimate.Torch.Fused;

namespace Collimate.Torch.Optimization;

/// <summary>Adam with decoupled weight decay. Source: Loshchilov and Hutter 2019. PyTorch: <c>torch.optim.AdamW</c>.</summary>
public sealed class AdamW : IDisposable
{
    private readonly Tensor[] firstMoments;
    private readonly Tensor[] secondMoments;
    private readonly (double First, double Second) betas;
    private readonly double epsilon;

    /// <param name="groups">What learns; the groups' learning rates are read at every step.</param>
    /// <param name="betas">Decay rates of the first and second moment.</param>
    /// <param name="epsilon">Added to the root of the second moment.</param>
    public AdamW(IReadOnlyList<ParameterGroup> groups, (double First, double Second)? betas = null, double epsilon = 1e-8)
    {
        Groups = groups;
        this.betas = betas ?? (0.9, 0.999);
        this.epsilon = epsilon;
        Tensor[] parameters = [.. groups.SelectMany(g => g.Parameters)];
        firstMoments = [.. parameters.Select(p => Tensor.Zeros(p.Shape, p.Type, p.Device).Keep())];
        secondMoments = [.. parameters.Select(p => Tensor.Zeros(p.Shape, p.Type, p.Device).Keep())];
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
            var (values, gradients, first, second) = (new List<Tensor>(), new List<Tensor>(), new List<Tensor>(), new List<Tensor>());
            for (var k = 0; k < group.Parameters.Count; k++)
            {
                if (group.Parameters[k].Grad is { } gradient)
                {
                    values.Add(group.Parameters[k]);
                    gradients.Add(gradient);
                    first.Add(firstMoments[offset + k]);
                    second.Add(secondMoments[offset + k]);
                }
            }

            offset += group.Parameters.Count;
            if (values.Count > 0)
            {
                FusedOperators.AdamW(
                    [.. values], [.. gradients], [.. first], [.. second],
                    group.LearningRate, betas.First, betas.Second, epsilon, group.WeightDecay, StepCount);
            }
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
    public IReadOnlyDictionary<string, Tensor> StateDict(IReadOnlyList<string> names)
    {
        var state = new SortedDictionary<string, Tensor>(StringComparer.Ordinal) { ["step"] = Tensor.Scalar(StepCount, ScalarType.Int64) };
        for (var k = 0; k < names.Count; k++)
        {
            state[$"first.{names[k]}"] = firstMoments[k];
            state[$"second.{names[k]}"] = secondMoments[k];
        }

        return state;
    }

    /// <summary>Goes on from a state that <see cref="StateDict"/> gave.</summary>
    /// <exception cref="Serialization.CheckpointException">A tensor is absent or of another shape.</exception>
    public void LoadStateDict(IReadOnlyDictionary<string, Tensor> state, IReadOnlyList<string> names)
    {
        Tensor Entry(string key, Tensor like) => state.TryGetValue(key, out var value) && value.Shape.SequenceEqual(like.Shape)
            ? value
            : throw new Serialization.CheckpointException($"the optimizer's state has no '{key}' of shape [{string.Join(", ", like.Shape)}]; it belongs to another recipe. Start afresh, or resume with the recipe of the run.");
        using var step = Tensor.Scalar(0, ScalarType.Int64);
        StepCount = Entry("step", step).ItemInt64();
        for (var k = 0; k < names.Count; k++)
        {
            firstMoments[k].CopyFrom_(Entry($"first.{names[k]}", firstMoments[k]));
            secondMoments[k].CopyFrom_(Entry($"second.{names[k]}", secondMoments[k]));
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
}
