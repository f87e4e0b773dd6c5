using System.Numerics;

namespace Collimate.Torch.Assignment;

/// <summary>Completes an assignment a free row at a time: the cheapest chain of rows that pass their columns on, found as Dijkstra finds a path.</summary>
internal sealed class ShortestAugmentingPath(int n)
{
    private readonly double[] open = new double[n];     // the shortest way to each column not yet settled; infinite for settled ones
    private readonly double[] settled = new double[n];  // the shortest way to each settled column
    private readonly double[] closed = new double[n];   // infinite for settled columns, else 0
    private readonly long[] through = new long[n];      // the row from which each column is reached
    private readonly int[] order = new int[n];          // settled columns

    /// <summary>Gives each free row a column without taking one from the others.</summary>
    /// <param name="scores"><c>[n, n]</c></param>
    /// <param name="state">Changed.</param>
    public void Complete(ReadOnlySpan<float> scores, AssignmentState state)
    {
        foreach (var row in state.Free)
        {
            Augment(scores, state, row);
        }
    }

    private void Augment(ReadOnlySpan<float> scores, AssignmentState state, int free)
    {
        open.AsSpan().Fill(double.PositiveInfinity);
        closed.AsSpan().Clear();
        var (row, way, count) = (free, 0.0, 0);
        int column;
        while (true)
        {
            // What a column costs more than the one that the row has (nothing, for the free row).
            var own = row == free ? 0 : scores[(row * n) + state.ColumnOf[row]] - state.Prices[state.ColumnOf[row]];
            var least = Extend(scores.Slice(row * n, n), state.Prices, way + own, row);
            if (double.IsPositiveInfinity(least))
            {
                throw new ArgumentException($"Every assignment has a forbidden pair: what row {free} could have is taken by rows that can have nothing else.", nameof(scores));
            }

            column = open.AsSpan().IndexOf(least);
            way = least;
            if (state.RowOf[column] < 0)
            {
                break;
            }

            (settled[column], open[column], closed[column]) = (least, double.PositiveInfinity, double.PositiveInfinity);
            order[count++] = column;
            row = state.RowOf[column];
        }

        foreach (var passed in order.AsSpan(0, count))
        {
            state.Prices[passed] += way - settled[passed];
        }

        Shift(state, free, column);
    }

    /// <summary>Ways on from a row, and the shortest of all that are open: way to a column = base - (score - price).</summary>
    private double Extend(ReadOnlySpan<float> scores, ReadOnlySpan<double> prices, double from, int row)
    {
        var lanes = Vector<double>.Count;
        var least = new Vector<double>(double.PositiveInfinity);
        var whole = n - (n % (2 * lanes));
        for (var column = 0; column < whole; column += 2 * lanes)
        {
            Vector.Widen(new Vector<float>(scores[column..]), out var low, out var high);
            least = Vector.Min(least, Shorten(low, prices, column, from, row));
            least = Vector.Min(least, Shorten(high, prices, column + lanes, from, row));
        }

        var shortest = double.PositiveInfinity;
        for (var lane = 0; lane < lanes; lane++)
        {
            shortest = Math.Min(shortest, least[lane]);
        }

        for (var column = whole; column < n; column++)
        {
            var way = from - (scores[column] - prices[column]) + closed[column];
            if (way < open[column])
            {
                (open[column], through[column]) = (way, row);
            }

            shortest = Math.Min(shortest, open[column]);
        }

        return shortest;
    }

    private Vector<double> Shorten(Vector<double> scores, ReadOnlySpan<double> prices, int column, double from, int row)
    {
        var way = new Vector<double>(from) - (scores - new Vector<double>(prices[column..])) + new Vector<double>(closed, column);
        var former = new Vector<double>(open, column);
        var shorter = Vector.LessThan(way, former);
        var now = Vector.ConditionalSelect(shorter, way, former);
        now.CopyTo(open, column);
        Vector.ConditionalSelect(shorter, new Vector<long>(row), new Vector<long>(through, column)).CopyTo(through, column);
        return now;
    }

    private void Shift(AssignmentState state, int free, int column)
    {
        while (true)
        {
            var row = (int)through[column];
            var passedOn = state.ColumnOf[row];
            (state.RowOf[column], state.ColumnOf[row]) = (row, column);
            if (row == free)
            {
                return;
            }

            column = passedOn;
        }
    }
}
