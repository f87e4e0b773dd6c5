using Collimate.Torch;

namespace Collimate.Verification;

/// <summary>Holds a computed tensor against a recorded one, element by element.</summary>
internal static class TensorComparer
{
    // Recordings store negative infinity so, since some writers cannot write it; real activations stay far below.
    private const double Infinite = 1e29;

    /// <summary>The differences of two tensors of numbers.</summary>
    /// <param name="recorded">What was recorded.</param>
    /// <param name="computed">What was computed here.</param>
    /// <param name="mask">Which positions count; all where null.</param>
    /// <param name="tokenDimension">The dimension that the mask's positions lie along; its rows are dimension 0.</param>
    public static Differences Measure(Tensor recorded, Tensor computed, TokenMask? mask, int tokenDimension)
    {
        using var scope = new TensorScope();
        if (!recorded.Shape.SequenceEqual(computed.Shape))
        {
            return Differences.Of($"has shape [{string.Join(", ", computed.Shape)}], recorded [{string.Join(", ", recorded.Shape)}]");
        }

        var shape = recorded.Shape;
        if (mask is not null && (shape.Length <= tokenDimension || shape[0] != mask.Rows || shape[tokenDimension] != mask.Length))
        {
            return Differences.Of($"has shape [{string.Join(", ", shape)}], but its mask is for {mask.Rows} rows of {mask.Length} positions");
        }

        var exact = !recorded.Type.IsFloatingPoint();
        return Walk(Doubles(recorded), Doubles(computed), shape, mask, tokenDimension, exact);
    }

    private static Differences Walk(double[] recorded, double[] computed, long[] shape, TokenMask? mask, int tokenDimension, bool exact)
    {
        var (inner, perRow) = (Product(shape, tokenDimension + 1), Product(shape, 1));
        var (worst, worstAt, largest, squares, counted) = (0.0, -1, 0.0, 0.0, 0L);
        for (var index = 0; index < recorded.Length; index++)
        {
            if (mask is not null && mask.Valid[(index / perRow * mask.Length) + (index / inner % mask.Length)] == 0)
            {
                continue;
            }

            var (wanted, found) = (recorded[index], computed[index]);
            if (!(Math.Abs(wanted) < Infinite && Math.Abs(found) < Infinite))
            {
                if (Sign(wanted) == Sign(found))
                {
                    continue;
                }

                return Differences.Of($"is {found:g6} at {Place(index, shape)}, recorded {wanted:g6}");
            }

            var difference = Math.Abs(wanted - found);
            if (difference > worst)
            {
                (worst, worstAt) = (difference, index);
            }

            largest = Math.Max(largest, Math.Abs(wanted));
            squares += wanted * wanted;
            counted++;
        }

        var wrong = exact && worst > 0 ? $"is {computed[worstAt]:g} at {Place(worstAt, shape)}, recorded {recorded[worstAt]:g}" : null;
        return new Differences(wrong, worst, worstAt < 0 ? null : Place(worstAt, shape), largest, counted == 0 ? 0 : Math.Sqrt(squares / counted));
    }

    // -1 and 1 for the two infinities, 0 for an ordinary number; nothing that is no number agrees with anything.
    private static double Sign(double value) => double.IsNaN(value) ? double.NaN : Math.Abs(value) < Infinite ? 0 : Math.Sign(value);

    private static long Product(long[] shape, int from) => shape.Skip(from).Aggregate(1L, (product, size) => product * size);

    private static double[] Doubles(Tensor tensor) => tensor.Detach().To(ScalarType.Float64).ToArray<double>();

    private static string Place(int index, long[] shape)
    {
        var place = new long[shape.Length];
        long rest = index;
        for (var dimension = shape.Length - 1; dimension >= 0; dimension--)
        {
            (rest, place[dimension]) = Math.DivRem(rest, shape[dimension]);
        }

        return $"[{string.Join(", ", place)}]";
    }
}

/// <summary>What a comparison of two tensors found.</summary>
/// <param name="Problem">Why they cannot be right whatever the tolerance; null where only <paramref name="Largest"/> decides.</param>
/// <param name="Worst">The largest absolute difference.</param>
/// <param name="Place">Where it is.</param>
/// <param name="Largest">The largest recorded absolute value.</param>
/// <param name="RootMeanSquare">The recorded values' root mean square.</param>
internal sealed record Differences(string? Problem, double? Worst, string? Place, double Largest, double RootMeanSquare)
{
    /// <summary>Tensors that cannot be compared number by number.</summary>
    public static Differences Of(string problem) => new(problem, null, null, 0, 0);
}
