namespace Collimate.Torch.Assignment;

/// <summary>The assignment of rows to columns with the largest total score, exactly. Source: Jonker and Volgenant 1987.</summary>
/// <remarks>
/// Cheap steps first find most of the assignment and prices for the columns (column reduction, reduction transfer, augmenting row reduction); each row still free
/// then takes a shortest path to a free column (<see cref="ShortestAugmentingPath"/>). O(n³) at worst, with sums in double precision.
/// </remarks>
public static class LinearAssignment
{
    /// <summary>Gives every row a column of its own so that the total of the chosen scores is the largest there is.</summary>
    /// <param name="scores"><c>[n, n]</c>, row by row. A pair of −∞ is forbidden.</param>
    /// <param name="n">How many rows and columns.</param>
    /// <returns>The column of each row; where several assignments have the same total, always the same one of them.</returns>
    /// <exception cref="ArgumentException">A score is not a number or +∞, or every assignment has a forbidden pair.</exception>
    public static int[] Maximize(ReadOnlySpan<float> scores, int n)
    {
        var hasForbidden = AssignmentScores.Check(scores, n, mayForbid: true);
        var state = new AssignmentState(n);
        if (hasForbidden)
        {
            state.Free.AddRange(Enumerable.Range(0, n)); // the cheap steps compare differences, which infinite scores do not have
        }
        else if (n > 0)
        {
            ReduceColumns(scores, state);
            TransferReductions(scores, state);
            ReduceRows(scores, state);
            ReduceRows(scores, state);
        }

        new ShortestAugmentingPath(n).Complete(scores, state);
        return state.ColumnOf;
    }

    /// <summary>Each column's price becomes what it is worth to the row that wants it most, and it goes there while that row has none.</summary>
    private static void ReduceColumns(ReadOnlySpan<float> scores, AssignmentState state)
    {
        var n = state.Count;
        var (best, takers) = (new int[n], new float[n]);
        scores[..n].CopyTo(takers);
        for (var row = 1; row < n; row++)
        {
            var own = scores.Slice(row * n, n);
            for (var column = 0; column < n; column++)
            {
                if (own[column] > takers[column])
                {
                    (takers[column], best[column]) = (own[column], row);
                }
            }
        }

        for (var column = n - 1; column >= 0; column--)
        {
            state.Prices[column] = takers[column];
            if (state.ColumnOf[best[column]] < 0)
            {
                state.Assign(best[column], column);
            }
            else
            {
                state.Contested[best[column]] = true;
            }
        }
    }

    /// <summary>A row whose column nobody else wanted raises its price to where it would as soon have its second choice: others will leave it alone.</summary>
    private static void TransferReductions(ReadOnlySpan<float> scores, AssignmentState state)
    {
        for (var row = 0; row < state.Count; row++)
        {
            if (state.ColumnOf[row] < 0)
            {
                state.Free.Add(row);
            }
            else if (!state.Contested[row] && state.Count > 1)
            {
                var own = scores.Slice(row * state.Count, state.Count);
                var second = double.NegativeInfinity;
                for (var column = 0; column < own.Length; column++)
                {
                    if (column != state.ColumnOf[row])
                    {
                        second = Math.Max(second, own[column] - state.Prices[column]);
                    }
                }

                state.Prices[state.ColumnOf[row]] -= second;
            }
        }
    }

    /// <summary>Each free row takes its best column at the highest price it would pay, and whoever had it looks on.</summary>
    private static void ReduceRows(ReadOnlySpan<float> scores, AssignmentState state)
    {
        if (state.Count < 2)
        {
            return;
        }

        // Each turn raises a price, but possibly by very little; what is left free here costs one path each.
        var turns = 4L * state.Count;
        var waiting = new Stack<int>(Enumerable.Reverse(state.Free));
        state.Free.Clear();
        while (waiting.TryPop(out var row))
        {
            if (turns-- == 0)
            {
                state.Free.Add(row);
                state.Free.AddRange(waiting);
                return;
            }

            var choice = BestTwo.Of(scores.Slice(row * state.Count, state.Count), state.Prices);
            var before = state.Prices[choice.Column];
            state.Prices[choice.Column] += choice.Best - choice.Second;
            var raised = state.Prices[choice.Column] > before;
            var column = raised || state.RowOf[choice.Column] < 0 ? choice.Column : choice.SecondColumn;
            if (state.Assign(row, column) is { } former)
            {
                if (raised)
                {
                    waiting.Push(former);
                }
                else
                {
                    state.Free.Add(former); // two columns equally good: another round, or a path
                }
            }
        }
    }
}
