using Collimate.Torch;

namespace Collimate.PermutationLearning;

/// <summary>Sorting by a hidden projection: the tokens belong in the order of their products with a direction that the network is never told.</summary>
/// <remarks>
/// The network is equivariant and knows a place only by the token that stands there, so a token's last number is the address of the place it stands in (normal quantiles of the places,
/// in order); the others are Gaussian, and the projection is of them alone. The right matrix then moves with the tokens, T(ΠX) = Π T(X) Πᵀ, and what is learnt
/// holds for every set: each step has new ones.
/// </remarks>
public sealed class SortByProjection : PermutationTask
{
    private const int HeldOutPieces = 16;
    private const int Pieces = 4;

    private static readonly Operator ErrorFunctionInverse = Operator.Find("aten::erfinv");

    private readonly float[] direction;
    private readonly float[] addresses;

    /// <param name="settings">Sizes and seed; a token needs two numbers at least.</param>
    public SortByProjection(PermutationSettings settings)
        : base(settings)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Network.Width, 2, "width");
        using var scope = new TensorScope();
        using var hidden = Stream("direction", 0);
        direction = Tensor.RandomNormal([settings.Network.Width - 1], hidden).Normalize().ToArray<float>();
        var uniform = (Tensor.Arange(settings.Tokens).To(ScalarType.Float64) + 0.5) * (2.0 / settings.Tokens) - 1; // in (-1, 1)
        addresses = (ErrorFunctionInverse.Call(uniform) * Math.Sqrt(2)).To(ScalarType.Float32).ToArray<float>();
        HeldOut = [.. Enumerable.Range(0, HeldOutPieces).Select(piece => Make("held out", piece, 1, piece))];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<TokenSets> HeldOut { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<TokenSets> Draw(long step)
    {
        var pieces = Math.Min(Pieces, Settings.Sets);
        return [.. Enumerable.Range(0, pieces).Select(piece =>
            Make("tokens", (step * pieces) + piece, (Settings.Sets * (piece + 1) / pieces) - (Settings.Sets * piece / pieces), piece))];
    }

    private TokenSets Make(string stream, long index, int count, int piece)
    {
        using var scope = new TensorScope();
        using var generator = Stream(stream, index);
        var (width, tokens) = (Settings.Network.Width, Settings.Tokens);
        var (sets, targets) = (new float[count][], new long[count][]);
        for (var set = 0; set < count; set++)
        {
            var numbers = Tensor.RandomNormal([tokens, width], generator).ToArray<float>();
            var keys = new float[tokens];
            for (var at = 0; at < tokens; at++)
            {
                var token = numbers.AsSpan(at * width, width);
                for (var k = 0; k < direction.Length; k++)
                {
                    keys[at] += token[k] * direction[k];
                }

                token[^1] = addresses[at];
            }

            sets[set] = numbers;
            targets[set] = [.. Enumerable.Range(0, tokens).OrderBy(at => keys[at]).Select(at => (long)at)];
        }

        return new TokenSets(sets, targets, piece);
    }
}
