using Collimate.Torch;

namespace Collimate.Alignment.Composition;

/// <summary>Text alone stands in the sequence; pictures have no places in it and are seen, if at all, by a fusion such as gated cross-attention.</summary>
public sealed class TextOnlyComposition : IComposition
{
    /// <inheritdoc/>
    public bool PlacesPictures => false;

    /// <inheritdoc/>
    public Order Arrange(Tensor? visual, Tensor text, Batch batch, PassContext pass)
    {
        var perImage = (int)(visual?.Size(1) ?? 0);
        return new([.. ConcatComposition.Sources(batch, perImage).Select((row, number) => row.Where(source => source >= batch.ImageCount(number) * perImage).ToArray())]);
    }
}
