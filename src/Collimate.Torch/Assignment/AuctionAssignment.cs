namespace Collimate.Torch.Assignment;

/// <summary>The assignment of rows to columns by an auction: rows bid for columns until each has one. Source: Bertsekas 1988.</summary>
/// <remarks>
/// A bid raises a column's price to where the row would as soon have its second choice, and ε further. The total at the end is within n · ε of the best. ε
/// starts large and shrinks from round to round, which keeps prices from creeping.
/// </remarks>
public static class AuctionAssignment
{
    private const double Shrinking = 5;
    private const double Coarse = 0.25;           // of the scores' range: the first ε
    private const double FractionOfRange = 1e-4;  // how far the total may be from the best where scores are no whole numbers

    /// <summary>Gives every row a column of its own so that the total of the chosen scores is, within n · ε, the largest there is.</summary>
    /// <param name="scores"><c>[n, n]</c>, row by row, all finite.</param>
    /// <param name="n">How many rows and columns.</param>
    /// <param name="epsilon">
    /// The last ε. Where null it is below 1/n for whole numbers, which makes the result exact, and a total within 10⁻⁴ of the scores' range otherwise.
    /// </param>
    /// <returns>The column of each row; where several assignments have the same total, always the same one of them.</returns>
    /// <exception cref="ArgumentException">A score is not finite, or ε is not above 0.</exception>
    public static int[] Maximize(ReadOnlySpan<float> scores, int n, double? epsilon = null)
    {
        AssignmentScores.Check(scores, n, mayForbid: false);
        if (epsilon is { } asked && !(asked > 0 && double.IsFinite(asked)))
        {
            throw new ArgumentException($"The epsilon of an auction is a finite number above 0, found {asked}.", nameof(epsilon));
        }

        var state = new AssignmentState(n);
        if (n < 2)
        {
            return new int[n];
        }

        var (range, whole) = Survey(scores);
        var last = epsilon ?? (whole ? 1.0 / (n + 1) : Math.Max(range * FractionOfRange / n, double.Epsilon));
        for (var now = Math.Max(range * Coarse, last); ; now = Math.Max(now / Shrinking, last))
        {
            state.ColumnOf.AsSpan().Fill(-1);
            state.RowOf.AsSpan().Fill(-1);
            Round(scores, state, now);
            if (now <= last)
            {
                return state.ColumnOf;
            }
        }
    }

    private static void Round(ReadOnlySpan<float> scores, AssignmentState state, double epsilon)
    {
        var n = state.Count;
        var waiting = new Queue<int>(Enumerable.Range(0, n));
        while (waiting.TryDequeue(out var row))
        {
            var choice = BestTwo.Of(scores.Slice(row * n, n), state.Prices);
            // An ε that rounding would swallow must not keep two rows outbidding each other by nothing.
            var price = state.Prices[choice.Column];
            state.Prices[choice.Column] = Math.Max(price + (choice.Best - choice.Second) + epsilon, Math.BitIncrement(price));
            if (state.Assign(row, choice.Column) is { } former)
            {
                waiting.Enqueue(former);
            }
        }
    }

    private static (double Range, bool IsWhole) Survey(ReadOnlySpan<float> scores)
    {
        var (least, most, whole) = (double.PositiveInfinity, double.NegativeInfinity, true);
        foreach (var score in scores)
        {
            (least, most) = (Math.Min(least, score), Math.Max(most, score));
            whole &= score == MathF.Truncate(score);
        }

        return (most - least, whole);
    }
}
