using Collimate.Data.Conversations;
using Collimate.Torch;

namespace Collimate.Alignment;

/// <summary>Rows of rendered conversations with the pictures they speak of: what a model is run on.</summary>
public sealed class Batch : IDisposable
{
    private readonly int[] firstImage; // by row with pictures of its own; the last is their number

    /// <summary>Puts rows together.</summary>
    /// <param name="layouts">A rendered conversation per row.</param>
    /// <param name="pixels">All pictures of all rows in order, <c>[images, 3, height, width]</c>; null where no row has one.</param>
    /// <param name="features">In place of pictures: what the vision tower said of them earlier, <c>[images, patches, visionWidth]</c>.</param>
    /// <param name="isPaired">Whether the second half of the rows are worse answers to the prompts of the first half, in the same order, and speak of the same pictures.</param>
    /// <exception cref="ArgumentException">The rows ask for another number of pictures than there are, or those of a pair for different ones.</exception>
    public Batch(IReadOnlyList<TokenLayout> layouts, Tensor? pixels, Tensor? features = null, bool isPaired = false)
    {
        Layouts = layouts;
        (Pixels, Features) = (pixels, features);
        PairCount = isPaired ? layouts.Count / 2 : 0;
        if (isPaired && (layouts.Count % 2 != 0 || Enumerable.Range(0, PairCount).Any(row => layouts[row].ImageCount != layouts[PairCount + row].ImageCount)))
        {
            throw new ArgumentException("the rows of a pair speak of the same pictures, so there must be two of each, with as many markers", nameof(layouts));
        }

        firstImage = new int[RowsWithPictures + 1];
        for (var row = 0; row < RowsWithPictures; row++)
        {
            firstImage[row + 1] = firstImage[row] + layouts[row].Kinds.Count(kind => kind == TokenKind.Image);
        }

        var given = (features ?? pixels)?.Size(0) ?? 0;
        if (firstImage[^1] != given)
        {
            throw new ArgumentException($"the rows hold {firstImage[^1]} picture markers, but {given} pictures were given", nameof(pixels));
        }
    }

    /// <summary>A rendered conversation per row.</summary>
    public IReadOnlyList<TokenLayout> Layouts { get; }

    /// <summary>The pictures, <c>[images, 3, height, width]</c>, or null where there are none.</summary>
    public Tensor? Pixels { get; }

    /// <summary>What the vision tower said of the pictures earlier, <c>[images, patches, visionWidth]</c>; null where it is to look at them.</summary>
    public Tensor? Features { get; }

    /// <summary>Where the pictures came from, in their order; null where nobody knows. Nothing is read or hashed unless somebody asks a source for it.</summary>
    public IReadOnlyList<ImageSource>? Images { get; init; }

    /// <summary>How many rows.</summary>
    public int Rows => Layouts.Count;

    /// <summary>Pairs of a better and a worse answer: row k is the better one of pair k, row <c>PairCount + k</c> the worse. 0 for rows that are no pairs.</summary>
    public int PairCount { get; }

    /// <summary>How many rows come first that speak of pictures of their own; those after them share these.</summary>
    public int RowsWithPictures => PairCount > 0 ? PairCount : Rows;

    /// <summary>How many pictures there are.</summary>
    public int Pictures => firstImage[^1];

    /// <summary>How many pictures a row has.</summary>
    public int ImageCount(int row) => firstImage[OwnerOf(row) + 1] - firstImage[OwnerOf(row)];

    /// <summary>The number, among all pictures, of a row's first.</summary>
    public int FirstImage(int row) => firstImage[OwnerOf(row)];

    /// <summary>How many tokens carry a label: those of the answers.</summary>
    public int AnswerTokens => Layouts.Sum(layout => layout.AnswerCount);

    private int OwnerOf(int row) => row < RowsWithPictures ? row : row - PairCount;

    /// <inheritdoc/>
    public void Dispose()
    {
        Pixels?.Dispose();
        Features?.Dispose();
    }
}
