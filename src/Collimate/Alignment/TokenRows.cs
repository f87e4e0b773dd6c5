using Collimate.Data.Conversations;
using Collimate.Torch;

namespace Collimate.Alignment;

/// <summary>
/// Makes a <see cref="Batch"/> of token ids as other programs hand them around: padded rows in which a token stands for a picture, once
/// (Transformers before 4.45) or once for each of its visual tokens (since then).
/// </summary>
public static class TokenRows
{
    /// <summary>Makes a batch; padding is left out, and a picture has one marker in it.</summary>
    /// <param name="rows">Token ids, one list a row.</param>
    /// <param name="valid">For each row 0 on padding; nothing is padding where null.</param>
    /// <param name="imageToken">The id that stands for a picture.</param>
    /// <param name="tokensPerImage">Visual tokens that a picture becomes.</param>
    /// <param name="pixels">All pictures of all rows in order, <c>[images, 3, height, width]</c>, or null.</param>
    /// <param name="labels">For each row the token that is to be predicted there, or a negative number; null where nothing is learnt.</param>
    /// <exception cref="ArgumentException">The rows hold neither one image token a picture nor <paramref name="tokensPerImage"/>.</exception>
    public static Batch ToBatch(
        IReadOnlyList<int[]> rows, IReadOnlyList<int[]>? valid, int imageToken, int tokensPerImage, Tensor? pixels, IReadOnlyList<int[]>? labels = null)
    {
        var found = rows.Select((ids, row) => ids.Where((id, at) => id == imageToken && IsValid(row, at)).Count()).Sum();
        var images = pixels?.Size(0) ?? 0;
        var repeats = found == images ? 1 : found == images * tokensPerImage ? tokensPerImage : throw new ArgumentException(
            $"the rows hold {found} image tokens ({imageToken}) for {images} pictures; each needs one, or {tokensPerImage}", nameof(rows));
        return new Batch([.. rows.Select((ids, row) => Layout(row, ids))], pixels);

        bool IsValid(int row, int at) => valid is null || valid[row][at] != 0;

        TokenLayout Layout(int row, int[] ids)
        {
            var (kept, kinds, imageIndex) = (new List<int>(), new List<TokenKind>(), new List<int>());
            var marks = 0;
            for (var at = 0; at < ids.Length; at++)
            {
                var isImage = ids[at] == imageToken;
                if (!IsValid(row, at) || (isImage && marks++ % repeats != 0))
                {
                    continue;
                }

                kept.Add(ids[at]);
                kinds.Add(isImage ? TokenKind.Image : labels is not null && labels[row][at] >= 0 ? TokenKind.Answer : TokenKind.Prompt);
                imageIndex.Add(isImage ? (marks - 1) / repeats : -1);
            }

            return new TokenLayout([.. kept], [.. kinds], new int[kept.Count], [.. imageIndex], new int[kept.Count], new (int, int)[kept.Count], "") { SampleId = $"row {row}" };
        }
    }
}
