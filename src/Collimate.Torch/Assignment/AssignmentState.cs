namespace Collimate.Torch.Assignment;

/// <summary>A partial assignment: who has whom, what columns cost, and which rows still have none.</summary>
/// <remarks>While it holds, every assigned row has a column of the largest score less price.</remarks>
internal sealed class AssignmentState
{
    public AssignmentState(int count)
    {
        (Count, ColumnOf, RowOf, Prices, Contested) = (count, new int[count], new int[count], new double[count], new bool[count]);
        ColumnOf.AsSpan().Fill(-1);
        RowOf.AsSpan().Fill(-1);
    }

    public int Count { get; }

    /// <summary>The column of each row, -1 where it has none.</summary>
    public int[] ColumnOf { get; }

    /// <summary>The row of each column, -1 where it has none.</summary>
    public int[] RowOf { get; }

    public double[] Prices { get; }

    /// <summary>Whether several columns wanted the row.</summary>
    public bool[] Contested { get; }

    public List<int> Free { get; } = [];

    /// <summary>Gives a row a column.</summary>
    /// <returns>The row that loses it, if one had it.</returns>
    public int? Assign(int row, int column)
    {
        var former = RowOf[column];
        if (former >= 0)
        {
            ColumnOf[former] = -1;
        }

        (ColumnOf[row], RowOf[column]) = (column, row);
        return former >= 0 ? former : null;
    }
}
