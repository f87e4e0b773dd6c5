using Collimate.Torch.Fused;

namespace Collimate.Torch.Optimization;

/// <summary>
/// AdamW whose moments take a byte each: every block of 256 numbers is kept as 8-bit codes relative to its largest magnitude, widened for the
/// update and narrowed again. Source: Dettmers et al. 2022. A parameter costs 2.03 bytes of state instead of 8.
/// </summary>
/// <remarks>
/// <para>Tensors of fewer than <see cref="LeastElements"/> numbers, and groups that ask for it (<see cref="ParameterGroup.KeepsWideMoments"/>, as
/// embeddings should), keep moments in single precision, as the paper has it.</para>
/// <para>In one thing it is more careful than the paper: a second moment that is not zero is never rounded to zero, as the first moment beside it would
/// then be divided by nothing but epsilon.</para>
/// </remarks>
public sealed class AdamW8Bit : AdamWOptimizer
{
    /// <summary>Smaller tensors keep moments in single precision.</summary>
    public const int LeastElements = 4096;

    private const int Block = 256;

    private readonly Moments[] moments;
    private readonly Tensor signedCodes;
    private readonly Tensor unsignedCodes;

    /// <param name="groups">What learns; the groups' learning rates are read at every step.</param>
    /// <param name="betas">Decay rates of the first and second moment; 0.9 and 0.999 where null.</param>
    /// <param name="epsilon">Added to the root of the second moment.</param>
    /// <exception cref="ArgumentException">A parameter is there twice, or a rate is out of its range.</exception>
    public AdamW8Bit(IReadOnlyList<ParameterGroup> groups, (double First, double Second)? betas = null, double epsilon = 1e-8)
        : base(groups, betas, epsilon)
    {
        signedCodes = Tensor.From(DynamicCodes.Signed).Keep();
        unsignedCodes = Tensor.From(DynamicCodes.Unsigned).Keep();
        moments = [.. groups.SelectMany(group => group.Parameters.Select(p =>
            KeepsWide(group, p) ? new Moments(ZeroMoment(p), ZeroMoment(p)) : Coded(p)))];
    }

    /// <summary>Bytes of moments that a group of parameters takes.</summary>
    /// <param name="group">The parameters.</param>
    public static long StateBytes(ParameterGroup group) => group.Parameters.Sum(p => KeepsWide(group, p)
        ? WideBytes(p)
        : (2 * p.ElementCount) + (2 * sizeof(float) * ((p.ElementCount + Block - 1) / Block)));

    private protected override void Move(int[] which, Tensor[] values, Tensor[] gradients, ParameterGroup group, long step, Tensor? gradientScale)
    {
        var (rate, decay) = (group.LearningRate, group.WeightDecay);
        foreach (var alike in Enumerable.Range(0, which.Length).GroupBy(at => moments[which[at]].FirstScale is null))
        {
            int[] at = [.. alike];
            Tensor[] own = [.. at.Select(k => values[k])], slopes = [.. at.Select(k => gradients[k])];
            Moments[] kept = [.. at.Select(k => moments[which[k]])];
            Tensor[] first = [.. kept.Select(m => m.First)], second = [.. kept.Select(m => m.Second)];
            if (alike.Key)
            {
                FusedOperators.AdamW(own, slopes, first, second, rate, Betas.First, Betas.Second, Epsilon, decay, step, gradientScale);
            }
            else
            {
                FusedOperators.AdamW8Bit(
                    own, slopes, (first, [.. kept.Select(m => m.FirstScale!)], signedCodes), (second, [.. kept.Select(m => m.SecondScale!)], unsignedCodes),
                    rate, Betas.First, Betas.Second, Epsilon, decay, step, gradientScale);
            }
        }
    }

    private protected override IEnumerable<(string Kind, Tensor Own)> StateOf(int parameter)
    {
        var kept = moments[parameter];
        yield return ("first", kept.First);
        yield return ("second", kept.Second);
        if (kept is { FirstScale: { } first, SecondScale: { } second })
        {
            yield return ("first_scale", first);
            yield return ("second_scale", second);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        signedCodes.Dispose();
        unsignedCodes.Dispose();
    }

    private static bool KeepsWide(ParameterGroup group, Tensor parameter) => group.KeepsWideMoments || parameter.ElementCount < LeastElements;

    // Where all of a block is zero its scale is, and the codes do not matter.
    private static Moments Coded(Tensor parameter)
    {
        long[] blocks = [(parameter.ElementCount + Block - 1) / Block];
        Tensor Codes() => Tensor.Zeros(parameter.Shape, ScalarType.UInt8, parameter.Device).Keep();
        Tensor Scales() => Tensor.Zeros(blocks, ScalarType.Float32, parameter.Device).Keep();
        return new Moments(Codes(), Codes(), Scales(), Scales());
    }

    private sealed record Moments(Tensor First, Tensor Second, Tensor? FirstScale = null, Tensor? SecondScale = null);
}
