using Collimate.Torch;

namespace Collimate.Alignment.Reasoning;

/// <summary>The rows of a batch gathered by puzzle, so that layers of a puzzle's own are one batched product instead of a loop over rows.</summary>
/// <remarks>Only the stretch of puzzles from the first to the last that is there takes part, and each of them gets as many places as the most frequent one has rows.</remarks>
public sealed class PuzzleRows
{
    private readonly long[] sources; // the row at each place, 0 where nobody stands
    private readonly long[] places;  // the place of each row

    /// <param name="puzzles">The number of each row's puzzle, counted from 0 among the layer's.</param>
    /// <exception cref="ArgumentException">There is no row, or a number is below 0.</exception>
    public PuzzleRows(IReadOnlyList<int> puzzles)
    {
        if (puzzles.Count == 0 || puzzles.Min() < 0)
        {
            throw new ArgumentException("a batch has at least one row, and puzzles are counted from 0", nameof(puzzles));
        }

        (First, PuzzleCount) = (puzzles.Min(), puzzles.Max() - puzzles.Min() + 1);
        var filled = new int[PuzzleCount];
        int[] within = [.. puzzles.Select(puzzle => filled[puzzle - First]++)];
        Most = filled.Max();
        sources = new long[PuzzleCount * Most];
        places = new long[puzzles.Count];
        for (var row = 0; row < places.Length; row++)
        {
            places[row] = ((puzzles[row] - First) * Most) + within[row];
            sources[places[row]] = row;
        }
    }

    /// <summary>The first puzzle that is there.</summary>
    public int First { get; }

    /// <summary>How many puzzles there are from the first to the last.</summary>
    public int PuzzleCount { get; }

    /// <summary>The most rows of one puzzle.</summary>
    public int Most { get; }

    /// <summary>How many rows.</summary>
    public int Count => places.Length;

    /// <summary>Rows gathered by puzzle; what stands in places without a row means nothing.</summary>
    /// <param name="x"><c>[rows, width]</c></param>
    /// <returns><c>[puzzles, most, width]</c></returns>
    public Tensor Gather(Tensor x) => x.IndexSelect(0, Tensor.From(sources, [sources.Length], x.Device)).Reshape(PuzzleCount, Most, x.Size(1));

    /// <summary>The opposite of <see cref="Gather"/>.</summary>
    /// <param name="gathered"><c>[puzzles, most, width]</c></param>
    /// <returns><c>[rows, width]</c></returns>
    public Tensor Scatter(Tensor gathered) => gathered.Reshape(PuzzleCount * Most, gathered.Size(2)).IndexSelect(0, Tensor.From(places, [places.Length], gathered.Device));
}
