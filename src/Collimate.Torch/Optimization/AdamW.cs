using Collimate.Torch.Fused;

namespace Collimate.Torch.Optimization;

/// <summary>Adam with decoupled weight decay. Source: Loshchilov and Hutter 2019. PyTorch: <c>torch.optim.AdamW</c>.</summary>
/// <remarks>The moments of half types are kept in single precision: a square would vanish in them.</remarks>
public sealed class AdamW : AdamWOptimizer
{
    private readonly Tensor[] firstMoments;
    private readonly Tensor[] secondMoments;

    /// <param name="groups">What learns; the groups' learning rates are read at every step.</param>
    /// <param name="betas">Decay rates of the first and second moment; 0.9 and 0.999 where null.</param>
    /// <param name="epsilon">Added to the root of the second moment.</param>
    /// <exception cref="ArgumentException">A parameter is there twice, or a rate is out of its range.</exception>
    public AdamW(IReadOnlyList<ParameterGroup> groups, (double First, double Second)? betas = null, double epsilon = 1e-8)
        : base(groups, betas, epsilon)
    {
        firstMoments = [.. Parameters.Select(ZeroMoment)];
        secondMoments = [.. Parameters.Select(ZeroMoment)];
    }

    /// <summary>Bytes of moments that a group of parameters takes.</summary>
    /// <param name="group">The parameters.</param>
    public static long StateBytes(ParameterGroup group) => group.Parameters.Sum(WideBytes);

    private protected override void Move(int[] which, Tensor[] values, Tensor[] gradients, ParameterGroup group, long step, Tensor? gradientScale) =>
        FusedOperators.AdamW(
            values, gradients, [.. which.Select(k => firstMoments[k])], [.. which.Select(k => secondMoments[k])],
            group.LearningRate, Betas.First, Betas.Second, Epsilon, group.WeightDecay, step, gradientScale);

    private protected override IEnumerable<(string Kind, Tensor Own)> StateOf(int parameter) =>
        [("first", firstMoments[parameter]), ("second", secondMoments[parameter])];
}
