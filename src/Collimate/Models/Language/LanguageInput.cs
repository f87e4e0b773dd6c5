using Collimate.Models.Attention;
using Collimate.Torch;

namespace Collimate.Models.Language;

/// <summary>A sequence as the decoder takes it: already embedded, placed, and with a description of who sees whom.</summary>
/// <param name="Embeddings">One vector a position, <c>[batch, positions, hidden]</c>; text, image and any other tokens alike.</param>
/// <param name="Positions">Where each stands for the rotary embedding, 64-bit integers <c>[batch, positions]</c>; what padding holds does not matter.</param>
/// <param name="Attention">Who sees whom. With a key/value cache it describes the cached positions too, which come first.</param>
public sealed record LanguageInput(Tensor Embeddings, Tensor Positions, AttentionSpec Attention)
{
    /// <summary>A causal sequence whose positions count the tokens of each row, padding left out.</summary>
    /// <param name="embeddings"><c>[batch, positions, hidden]</c></param>
    /// <param name="valid">0 on padding, row-major <c>[batch, positions]</c>; nothing is padding where null.</param>
    public static LanguageInput Causal(Tensor embeddings, int[]? valid = null)
    {
        var (batch, length) = ((int)embeddings.Size(0), (int)embeddings.Size(1));
        var attention = valid is null ? AttentionSpec.Causal(batch, length) : AttentionSpec.Causal(batch, length, valid);
        return new LanguageInput(embeddings, Tensor.From<long>(CountedPositions(attention), [batch, length], embeddings.Device), attention);
    }

    /// <summary>For every position how many tokens of its row stand before it, padding left out.</summary>
    internal static long[] CountedPositions(AttentionSpec attention)
    {
        var positions = new long[attention.Batch * attention.Length];
        for (var row = 0; row < attention.Batch; row++)
        {
            long next = 0;
            for (var index = row * attention.Length; index < (row + 1) * attention.Length; index++)
            {
                positions[index] = attention.Valid[index] != 0 ? next++ : 0;
            }
        }

        return positions;
    }
}
