using Collimate.Data.Conversations;
using Collimate.Torch;

namespace Collimate.Alignment.Composition;

/// <summary>Every picture's tokens stand, in raster order, where its marker stood in the text: LLaVA's order.</summary>
public sealed class ConcatComposition : IComposition
{
    /// <inheritdoc/>
    public Order Arrange(Tensor? visual, Tensor text, Batch batch, PassContext pass) => new(Sources(batch, (int)(visual?.Size(1) ?? 0)));

    /// <summary>The order of every row.</summary>
    /// <param name="batch">The rows.</param>
    /// <param name="perImage">Visual tokens of a picture.</param>
    public static int[][] Sources(Batch batch, int perImage)
    {
        var sources = new int[batch.Rows][];
        for (var row = 0; row < batch.Rows; row++)
        {
            sources[row] = Row(batch.Layouts[row], batch.ImageCount(row) * perImage, perImage);
        }

        return sources;
    }

    private static int[] Row(TokenLayout layout, int visualCount, int perImage)
    {
        var order = new List<int>(visualCount + layout.TokenIds.Length);
        for (var token = 0; token < layout.TokenIds.Length; token++)
        {
            if (layout.Kinds[token] == TokenKind.Image)
            {
                order.AddRange(Enumerable.Range(layout.ImageIndex[token] * perImage, perImage));
            }
            else if (layout.Kinds[token] != TokenKind.Padding)
            {
                order.Add(visualCount + token);
            }
        }

        return [.. order];
    }
}
