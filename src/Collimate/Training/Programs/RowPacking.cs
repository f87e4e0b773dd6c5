using Collimate.Data.Conversations;

namespace Collimate.Training.Programs;

/// <summary>Packs the samples of a batch into rows as documents that never see each other, so that little of a batch is padding.</summary>
/// <remarks>
/// First-fit decreasing says how many rows there must be, and MULTIFIT (Coffman, Garey and Johnson 1978) finds the shortest rows that need no more, so that all come out about as
/// long. The batch stays the batch: its samples, and the mean over its answers, are what they are without packing.
/// </remarks>
/// <param name="Positions">The most positions of a row; null for as many as the batch's longest sample has. A longer sample has a row of its own.</param>
public sealed record RowPacking(int? Positions)
{
    /// <summary>Packs samples and deals the rows out to pieces.</summary>
    /// <param name="samples">The samples of a batch.</param>
    /// <param name="tokensPerImage">Visual tokens that a picture becomes.</param>
    /// <param name="pieces">The most pieces; there are fewer only where there are fewer samples.</param>
    /// <returns>The rows of every piece; rows of like length share a piece.</returns>
    internal BatchRow[][] Cut(IReadOnlyList<BatchRow> samples, int tokensPerImage, int pieces)
    {
        var lengths = samples.Select(sample => sample.LengthWith(tokensPerImage)).ToArray();
        var rows = Arrange(lengths, Positions ?? 0, pieces)
            .Select(row => BatchRow.Join([.. row.Select(sample => samples[sample])]))
            .OrderBy(row => row.LengthWith(tokensPerImage)).ToArray();
        var count = Math.Min(pieces, rows.Length);
        return [.. Enumerable.Range(0, count).Select(k => rows[(k * rows.Length / count)..((k + 1) * rows.Length / count)])];
    }

    /// <summary>Decides which samples share a row.</summary>
    /// <param name="lengths">The length of every sample; at least one.</param>
    /// <param name="capacity">The most positions of a row of several samples.</param>
    /// <param name="pieces">Rows there must be at least, where there are as many samples.</param>
    /// <returns>For each row its samples, the longest first.</returns>
    internal static List<List<int>> Arrange(int[] lengths, int capacity, int pieces)
    {
        var order = Enumerable.Range(0, lengths.Length).OrderByDescending(sample => lengths[sample]).ToArray();
        var longest = lengths[order[0]];
        var (least, most) = (longest, Math.Max(capacity, longest));
        var rows = FirstFit(order, lengths, most);
        var allowed = (rows.Count + pieces - 1) / pieces * pieces;
        while (least < most)
        {
            var middle = least + ((most - least) / 2);
            if (FirstFit(order, lengths, middle) is var tried && tried.Count <= allowed)
            {
                (rows, most) = (tried, middle);
            }
            else
            {
                least = middle + 1;
            }
        }

        for (var wanted = Math.Min(pieces, lengths.Length); rows.Count < wanted;)
        {
            var fullest = rows.MaxBy(row => row.Count)!;
            var kept = fullest.Count / 2;
            rows.Add(fullest[kept..]);
            fullest.RemoveRange(kept, fullest.Count - kept);
        }

        return rows;
    }

    // Each sample goes to the first row that has room for it.
    private static List<List<int>> FirstFit(int[] order, int[] lengths, int capacity)
    {
        var (rows, room) = (new List<List<int>>(), new List<int>());
        foreach (var sample in order)
        {
            var row = room.FindIndex(left => left >= lengths[sample]);
            if (row < 0)
            {
                rows.Add([]);
                room.Add(capacity);
                row = rows.Count - 1;
            }

            rows[row].Add(sample);
            room[row] -= lengths[sample];
        }

        return rows;
    }
}
