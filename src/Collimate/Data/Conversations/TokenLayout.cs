using System.Text;
using Collimate.Torch.Fused;

namespace Collimate.Data.Conversations;

/// <summary>A rendered conversation: for every token what it is and where it came from. Labels follow from it, and never from cutting text again.</summary>
/// <param name="TokenIds">The tokens.</param>
/// <param name="Kinds">What each is.</param>
/// <param name="Turns">The number of the turn each belongs to; -1 for text the template puts before all turns.</param>
/// <param name="ImageIndex">Which picture an image token stands for; -1 elsewhere.</param>
/// <param name="Documents">0 for what all documents share, k for the k-th exchange where exchanges are kept apart.</param>
/// <param name="Spans">
/// Where each token's characters begin in <paramref name="Text"/>, and how many there are. The spans follow each other and make up the whole text; of
/// tokens that share one character the first has it and the others have none.
/// </param>
/// <param name="Text">The whole rendered text.</param>
public sealed record TokenLayout(
    int[] TokenIds, TokenKind[] Kinds, int[] Turns, int[] ImageIndex, int[] Documents, (int Start, int Length)[] Spans, string Text)
{
    /// <summary>In <see cref="InputIds"/>: a vector of zeros stands in the token's place.</summary>
    public const int Blank = -1;

    /// <summary>In <see cref="InputIds"/>: nobody sees the token's place.</summary>
    public const int Dropped = -2;

    /// <summary>What the model reads where it differs from <see cref="TokenIds"/>, which stay what it is to predict; null where noise has hidden nothing.</summary>
    public int[]? InputIds { get; init; }

    /// <summary>Which tokens count in the loss, where not all of the answers do; null for all of them.</summary>
    public bool[]? Learnt { get; init; }

    /// <summary>Names the sample in messages.</summary>
    public string SampleId { get; init; } = "";

    /// <summary>How many tokens there are; a picture counts as one.</summary>
    public int Count => TokenIds.Length;

    /// <summary>How many pictures.</summary>
    public int ImageCount => Kinds.AsSpan().Count(TokenKind.Image);

    /// <summary>How many tokens carry a label.</summary>
    public int AnswerCount => Enumerable.Range(0, Count).Count(IsLearnt);

    /// <summary>
    /// The same as one text where a single document follows what documents share: nothing needs to be kept apart then, and pictures of the shared part
    /// may stand among its words.
    /// </summary>
    public TokenLayout Joined()
    {
        var other = Array.Find(Documents, document => document != 0);
        var apart = AttentionRule.SharedPart(other) != 0 || Documents.AsSpan().ContainsAnyExcept(0, other); // another sample of the row, or several documents
        return apart ? this : this with { Documents = new int[Count] };
    }

    /// <summary>Whether a token carries a label.</summary>
    public bool IsLearnt(int token) => Kinds[token] == TokenKind.Answer && Learnt?[token] != false;

    /// <summary>For every token itself where it is to be learnt, another value elsewhere; not shifted.</summary>
    /// <param name="ignored">The value of tokens that are not to be learnt.</param>
    public int[] Labels(int ignored = -100)
    {
        var labels = new int[Count];
        for (var k = 0; k < labels.Length; k++)
        {
            labels[k] = IsLearnt(k) ? TokenIds[k] : ignored;
        }

        return labels;
    }

    /// <summary>The conversation as a person reads it: each stretch of one kind behind its name.</summary>
    /// <param name="length">The most characters of text that are shown.</param>
    public string Describe(int length = 600)
    {
        var shown = new StringBuilder();
        for (var k = 0; k < Count && Spans[k].Start < length; k++)
        {
            var span = Text.AsSpan(Spans[k].Start, Spans[k].Length);
            shown.Append(k == 0 || Kinds[k] != Kinds[k - 1] ? $"{(k == 0 ? "" : " ")}[{Kinds[k].ToString().ToLowerInvariant()}] " : "").Append(span);
        }

        return shown.Append(Text.Length > length ? " …" : "").Replace("\n", "\\n").ToString();
    }

    /// <summary>Drops whole exchanges from the end until the rest fits. Nothing is ever cut in two.</summary>
    /// <param name="maxTokens">The most tokens that may stay, visual tokens included.</param>
    /// <param name="tokensPerImage">Visual tokens that a picture becomes.</param>
    /// <returns>What stays, and how much was dropped.</returns>
    /// <exception cref="DataException">Not even the first exchange fits, or a question that is still to be answered does not.</exception>
    public Truncation Truncate(int maxTokens, int tokensPerImage = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokensPerImage, 1);
        var answered = Turns.Where((_, k) => Kinds[k] == TokenKind.Answer).ToHashSet();
        var awaitsAnswer = Count > 0 && !answered.Contains(Turns[^1]);
        var (length, keep) = (0, 0);
        for (var k = 0; k < Count; k++)
        {
            length += Kinds[k] == TokenKind.Image ? tokensPerImage : 1;
            var endsTurn = k + 1 == Count || Turns[k + 1] != Turns[k];
            if (length <= maxTokens && endsTurn && answered.Contains(Turns[k]))
            {
                keep = k + 1;
            }
        }

        if (length <= maxTokens)
        {
            return new Truncation(this, 0, 0, 0);
        }

        if (keep == 0 || awaitsAnswer)
        {
            var what = awaitsAnswer ? "the question" : "the first exchange";
            throw new DataException(
                SampleId, $"the conversation takes {length} tokens ({ImageCount} pictures of {tokensPerImage} among them) where {maxTokens} fit, and {what} cannot be dropped; shorten it, use fewer pictures or a longer context", DataFault.TooLong);
        }

        var kept = Take(keep);
        return new Truncation(kept, Turns[^1] - Turns[keep - 1], Count - keep, ImageCount - kept.ImageCount);
    }

    private TokenLayout Take(int count)
    {
        var (start, length) = Spans[count - 1];
        return new TokenLayout(
            TokenIds[..count], Kinds[..count], Turns[..count], ImageIndex[..count], Documents[..count], Spans[..count], Text[..(start + length)])
        {
            SampleId = SampleId,
            InputIds = InputIds?[..count],
            Learnt = Learnt?[..count],
        };
    }
}
