using Collimate.Data.Conversations;
using Collimate.Torch;

namespace Collimate.Alignment;

/// <summary>Rows of rendered conversations with the pictures they speak of: what a model is run on.</summary>
public sealed class Batch : IDisposable
{
    private readonly int[] firstImage;

    /// <summary>Puts rows together.</summary>
    /// <param name="layouts">A rendered conversation per row.</param>
    /// <param name="pixels">All pictures of all rows in order, <c>[images, 3, height, width]</c>; null where no row has one.</param>
    /// <param name="features">In place of pictures: what the vision tower said of them earlier, <c>[images, patches, visionWidth]</c>.</param>
    /// <exception cref="ArgumentException">The rows ask for another number of pictures than there are.</exception>
    public Batch(IReadOnlyList<TokenLayout> layouts, Tensor? pixels, Tensor? features = null)
    {
        Layouts = layouts;
        (Pixels, Features) = (pixels, features);
        firstImage = new int[layouts.Count + 1];
        for (var row = 0; row < layouts.Count; row++)
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

    /// <summary>How many pictures a row has.</summary>
    public int ImageCount(int row) => firstImage[row + 1] - firstImage[row];

    /// <summary>The number, among all pictures, of a row's first.</summary>
    public int FirstImage(int row) => firstImage[row];

    /// <summary>How many tokens carry a label: those of the answers.</summary>
    public int AnswerTokens => Layouts.Sum(layout => layout.AnswerCount);

    /// <inheritdoc/>
    public void Dispose()
    {
        Pixels?.Dispose();
        Features?.Dispose();
    }
}
