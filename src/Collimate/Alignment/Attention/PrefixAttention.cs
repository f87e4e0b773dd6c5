using Collimate.Data.Conversations;
using Collimate.Models.Attention;

namespace Collimate.Alignment.Attention;

/// <summary>
/// Image tokens see each other in both directions; text sees itself and what stands before it. Source: "Improved Alignment of Modalities", the mask of
/// stages 1 to 3; allowed(i, j) = j ≤ i, or i and j are both image tokens.
/// </summary>
/// <remarks>
/// Image tokens with an answer between them do not see each other across it: the later picture sees the answer, so the earlier one, and through it the
/// answer's own beginning, would learn of it. With one picture, or all pictures in the prompt, this is the paper's mask exactly; and what a
/// generation has cached never changes when a later turn brings another picture.
/// </remarks>
public sealed class PrefixAttention : IAttentionPolicy
{
    /// <inheritdoc/>
    public AttentionSpec Describe(Positions positions)
    {
        var count = positions.Rows * positions.Length;
        var group = new int[count];
        for (var row = 0; row < positions.Rows; row++)
        {
            var (start, number, wasAnswer) = (row * positions.Length, 1, false);
            for (var here = start; here < start + positions.RowLengths[row]; here++)
            {
                var isAnswer = positions.Kinds[here] == TokenKind.Answer;
                number += wasAnswer && !isAnswer ? 1 : 0;
                group[here] = positions.Kinds[here] == TokenKind.Image ? number : 0;
                wasAnswer = isAnswer;
            }
        }

        return new AttentionSpec(positions.Rows, positions.Length, [.. positions.Documents], group, new int[count], positions.Valid());
    }
}
