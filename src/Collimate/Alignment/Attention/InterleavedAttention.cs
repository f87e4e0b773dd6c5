using Collimate.Data.Conversations;
using Collimate.Models.Attention;
using Collimate.Torch.Fused;

namespace Collimate.Alignment.Attention;

/// <summary>Attention for several pictures and texts in one sequence, in the two forms that "Improved Alignment of Modalities" proposes (figure 6).</summary>
/// <remarks>
/// <para>Form A: all image tokens are open, also to what stands before them; text is causal among text. Form B: the tokens of one picture see each other in both
/// directions; all else is causal.</para>
/// <para>Taken literally, form A tells a text what comes after it: a later picture sees that text, and the earlier text sees the picture. So here the image tokens of
/// form A see image tokens only, and nothing leaks; <c>literal</c> restores the drawing.</para>
/// </remarks>
/// <param name="form">Which of the two.</param>
/// <param name="literal">For form A: whether image tokens see the text before them, as drawn.</param>
public sealed class InterleavedAttention(InterleavedForm form, bool literal = false) : IAttentionPolicy
{
    /// <inheritdoc/>
    public bool RevealsAnswers => form == InterleavedForm.A && literal;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">Form A meets packed documents, which it cannot describe without leaking.</exception>
    public AttentionSpec Describe(Positions positions)
    {
        var count = positions.Rows * positions.Length;
        var (document, group, open) = (positions.Documents.ToArray(), new int[count], new int[count]);
        for (var here = 0; here < count; here++)
        {
            var isImage = positions.Kinds[here] == TokenKind.Image;
            if (form == InterleavedForm.B)
            {
                group[here] = isImage ? positions.Images[here] + 1 : 0;
                continue;
            }

            open[here] = isImage ? 1 : 0;
            if (!literal)
            {
                // What a sample's documents share is seen by all of them and sees only itself: the place for tokens that must not look at text.
                document[here] = isImage ? AttentionRule.SharedPart(document[here]) : Undivided(document[here]);
            }
        }

        return new AttentionSpec(positions.Rows, positions.Length, document, group, open, positions.Valid());
    }

    private static int Undivided(int document) => document == AttentionRule.SharedPart(document)
        ? document + 1
        : throw new InvalidOperationException("attention interleaved_a keeps image tokens from seeing text, which packed questions do not allow for; set packed: false in the stage, or take interleaved_b");
}

/// <summary>The two forms of interleaved attention.</summary>
public enum InterleavedForm
{
    /// <summary>Image tokens are open to all, also ahead of their place.</summary>
    A,
    /// <summary>The tokens of one picture see each other; all else is causal.</summary>
    B,
}
