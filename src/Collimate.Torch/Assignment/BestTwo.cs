using System.Numerics;

namespace Collimate.Torch.Assignment;

/// <summary>The two columns of the largest score less price to a row.</summary>
/// <param name="Column">The best; the first of several.</param>
/// <param name="SecondColumn">Another of the next value.</param>
/// <param name="Best">Score less price of the best.</param>
/// <param name="Second">Score less price of the next.</param>
internal readonly record struct BestTwo(int Column, int SecondColumn, double Best, double Second)
{
    /// <summary>Looks at every column.</summary>
    /// <param name="scores">Of the row; two at least.</param>
    /// <param name="prices">Of the columns.</param>
    public static BestTwo Of(ReadOnlySpan<float> scores, ReadOnlySpan<double> prices)
    {
        // Each lane keeps its own two, and at the end the lanes are compared.
        var lanes = Vector<double>.Count;
        var (best, second) = (new Vector<double>(double.NegativeInfinity), new Vector<double>(double.NegativeInfinity));
        var (bestAt, secondAt, at) = (new Vector<long>(-1), new Vector<long>(-1), Vector<long>.Indices);
        var whole = scores.Length - (scores.Length % (2 * lanes));
        for (var column = 0; column < whole; column += 2 * lanes)
        {
            Vector.Widen(new Vector<float>(scores[column..]), out var low, out var high);
            Take(low - new Vector<double>(prices[column..]));
            Take(high - new Vector<double>(prices[(column + lanes)..]));
        }

        var found = new BestTwo(-1, -1, double.NegativeInfinity, double.NegativeInfinity);
        for (var lane = 0; lane < lanes; lane++)
        {
            found = found.With((int)bestAt[lane], best[lane]).With((int)secondAt[lane], second[lane]);
        }

        for (var column = whole; column < scores.Length; column++)
        {
            found = found.With(column, scores[column] - prices[column]);
        }

        return found;

        void Take(Vector<double> values)
        {
            var (isBest, isSecond) = (Vector.GreaterThan(values, best), Vector.GreaterThan(values, second));
            second = Vector.ConditionalSelect(isBest, best, Vector.ConditionalSelect(isSecond, values, second));
            secondAt = Vector.ConditionalSelect(isBest, bestAt, Vector.ConditionalSelect(isSecond, at, secondAt));
            best = Vector.ConditionalSelect(isBest, values, best);
            bestAt = Vector.ConditionalSelect(isBest, at, bestAt);
            at += new Vector<long>(Vector<double>.Count);
        }
    }

    private BestTwo With(int column, double value) =>
        column < 0 ? this
        : value > Best || (value == Best && column < Column) ? new(column, Column, value, Best)
        : value > Second || SecondColumn < 0 ? this with { SecondColumn = column, Second = value }
        : this;
}
