using Collimate.Data.Conversations;
using Collimate.Models.Attention;
using Collimate.Torch;

namespace Collimate.Alignment.Fusion.CrossAttention;

/// <summary>Which visual tokens each position may look at: those of pictures whose markers stand before it in the text, in its own document or in what its sample's documents share.</summary>
/// <remarks>"Before" is meant as the text was written: a composition that moves tokens does not change what was said when. Places of pictures, and padding, look at none.</remarks>
/// <param name="Tokens">Which visual tokens a row has, all pictures' tokens counted through, 64-bit integers <c>[rows · tokens]</c>; null where each row has exactly its own picture.</param>
/// <param name="PerRow">Visual tokens of a row, those that fill up short rows included.</param>
/// <param name="Hidden">True where a position does not see a token, <c>[rows, 1, positions or 1, tokens]</c>.</param>
/// <param name="Sees">1 where a position sees any, 0 elsewhere, <c>[rows, positions or 1, 1]</c>.</param>
internal sealed record MediaSight(Tensor? Tokens, int PerRow, Tensor Hidden, Tensor Sees)
{
    /// <summary>Finds out who sees what.</summary>
    /// <param name="input">The pass.</param>
    /// <param name="seen">Which of the pictures before it a position sees.</param>
    /// <returns>Of the sequence's positions, and of the tokens that will follow; null where there is no picture.</returns>
    public static (MediaSight Prompt, MediaSight Steps)? Of(FusionInput input, PicturesSeen seen)
    {
        if (input.Visual is not { } visual)
        {
            return null;
        }

        var (batch, positions, perImage) = (input.Batch, input.Positions, (int)visual.Size(1));
        var images = Enumerable.Range(0, batch.Rows).Max(batch.ImageCount);
        var tokens = new long[batch.Rows * images * perImage];
        var (prompt, steps) = (new bool[batch.Rows * positions.Length * images], new bool[batch.Rows * images]);
        for (var row = 0; row < batch.Rows; row++)
        {
            for (var k = 0; k < images * perImage; k++)
            {
                tokens[(row * images * perImage) + k] = k < batch.ImageCount(row) * perImage ? (batch.FirstImage(row) * perImage) + k : 0;
            }

            var layout = batch.Layouts[row].Joined();
            var markers = Enumerable.Range(0, layout.Count).Where(token => layout.Kinds[token] == TokenKind.Image).ToArray();
            var (visualCount, sources) = (batch.ImageCount(row) * perImage, input.Order.Sources[row]);
            for (var at = 0; at < sources.Length; at++)
            {
                if (sources[at] >= visualCount)
                {
                    Look(layout, markers, sources[at] - visualCount, layout.Documents[sources[at] - visualCount], seen, prompt.AsSpan(((row * positions.Length) + at) * images, images));
                }
            }

            // A new token follows everything, in the document of the row's last token.
            Look(layout, markers, layout.Count, positions.Documents[(row * positions.Length) + positions.RowLengths[row] - 1], seen, steps.AsSpan(row * images, images));
        }

        var isPlain = images == 1 && batch.Pictures == batch.Rows;
        var where = isPlain ? null : Tensor.From(tokens).To(visual.Device);
        return (Make(where, prompt, positions.Length), Make(where, steps, 1));

        MediaSight Make(Tensor? which, bool[] sees, int length)
        {
            var any = Enumerable.Range(0, batch.Rows * length).Select(k => sees.AsSpan(k * images, images).Contains(true) ? 1f : 0f).ToArray();
            var hidden = Tensor.From([.. sees.Select(one => one ? 0 : 1)], [batch.Rows, 1, length, images], visual.Device).Ne(0).RepeatInterleave(perImage, -1);
            return new MediaSight(which, images * perImage, hidden, Tensor.From(any, [batch.Rows, length, 1], visual.Device));
        }
    }

    /// <summary>The same for some rows, in another order; of what is asked for at each step only.</summary>
    public MediaSight SelectRows(Tensor rows) => this with { Tokens = null, Hidden = Hidden.IndexSelect(0, rows).Keep(), Sees = Sees.IndexSelect(0, rows).Keep() };

    private static void Look(TokenLayout layout, int[] markers, int token, int document, PicturesSeen seen, Span<bool> sees)
    {
        foreach (var marker in markers)
        {
            if (marker < token && AttentionSpec.SeesDocument(document, layout.Documents[marker]))
            {
                if (seen == PicturesSeen.Last)
                {
                    sees.Clear();
                }

                sees[layout.ImageIndex[marker]] = true;
            }
        }
    }
}
