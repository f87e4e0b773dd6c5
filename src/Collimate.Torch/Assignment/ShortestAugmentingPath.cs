using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double Extend(ReadOnlySpan<float> scores, ReadOnlySpan<double> prices, double from, int row)
    {
        var lanes = Vector<double>.Count;
        var (least, start, reached) = (new Vector<double>(double.PositiveInfinity), new Vector<double>(from), new Vector<long>(row));
        var whole = n - (n % (2 * lanes));
        ref var score = ref MemoryMarshal.GetReference(scores);
        ref var price = ref MemoryMarshal.GetReference(prices);
        ref var free = ref MemoryMarshal.GetArrayDataReference(closed);
        ref var way = ref MemoryMarshal.GetArrayDataReference(open);
        ref var last = ref MemoryMarshal.GetArrayDataReference(through);
        for (nuint column = 0; column < (nuint)whole; column += (nuint)(2 * lanes))
        {
            Vector.Widen(Vector.LoadUnsafe(ref score, column), out var low, out var high);
            Shorten(low, column, ref price, ref free, ref way, ref last);
            Shorten(high, column + (nuint)lanes, ref price, ref free, ref way, ref last);
        }

        var shortest = double.PositiveInfinity;
        for (var lane = 0; lane < lanes; lane++)
        {
            shortest = Math.Min(shortest, least[lane]);
        }

        for (var column = whole; column < n; column++)
        {
            var longer = from - (scores[column] - prices[column]) + closed[column];
            if (longer < open[column])
            {
                (open[column], through[column]) = (longer, row);
            }

            shortest = Math.Min(shortest, open[column]);
        }

        return shortest;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void Shorten(Vector<double> values, nuint column, ref double price, ref double free, ref double way, ref long last)
        {
            var former = Vector.LoadUnsafe(ref way, column);
            var other = start - (values - Vector.LoadUnsafe(ref price, column)) + Vector.LoadUnsafe(ref free, column);
            var shorter = Vector.LessThan(other, former);
            if (Vector.EqualsAny(shorter, Vector<long>.AllBitsSet))
            {
                former = Vector.ConditionalSelect(shorter, other, former);
                former.StoreUnsafe(ref way, column);
                Vector.ConditionalSelect(shorter, reached, Vector.LoadUnsafe(ref last, column)).StoreUnsafe(ref last, column);
            }

            least = Vector.Min(least, former);
        }
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
