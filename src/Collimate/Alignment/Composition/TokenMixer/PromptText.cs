using Collimate.Data;
using Collimate.Data.Conversations;

namespace Collimate.Alignment.Composition.TokenMixer;

/// <summary>What of a rendered conversation a picture may be ordered by, and where its unmatched tokens stand.</summary>
/// <remarks>
/// Ours: what the user says in the exchange that the picture stands in (a picture in the system's turn belongs to the first), so that a conversation of several
/// questions is ordered in training as it is when its first question is answered. The other variants: every token before the first answer.
/// </remarks>
internal sealed class PromptText
{
    private readonly TokenLayout layout;
    private readonly TokenMixerOptions options;
    private readonly bool[] attracts;
    private readonly int[] before;
    private readonly int[] exchanges;
    private readonly int promptEnd;

    /// <param name="layout">The row.</param>
    /// <param name="options">The composition's options.</param>
    /// <exception cref="DataException">Several questions share a picture and do not see each other: no order fits all of them.</exception>
    internal PromptText(TokenLayout layout, TokenMixerOptions options)
    {
        (this.layout, this.options) = (layout, options);
        CheckDocuments(layout);
        var answer = Array.IndexOf(layout.Kinds, TokenKind.Answer);
        promptEnd = answer < 0 ? layout.Count : answer;
        exchanges = ExchangesOf(layout);
        before = SimilarityOrder.TextBeforeKeys(layout);
        attracts = new bool[layout.Count];
        for (var token = 0; token < layout.Count; token++)
        {
            attracts[token] = !(layout.InputIds?[token] < 0) && (options.Variant == TokenMixerVariant.Ours ? IsWord(token) : IsPrompt(token));
        }
    }

    /// <summary>What may draw the tokens of a picture, in the text's order.</summary>
    /// <param name="marker">The picture's marker in the layout.</param>
    /// <param name="byWords">Whether the tokens of a word are one.</param>
    internal Attractor[] Attractors(int marker, bool byWords)
    {
        if (!Moves(marker))
        {
            return [];
        }

        var found = new List<Attractor>();
        for (var token = 0; token < layout.Count; token++)
        {
            if (!attracts[token] || !IsOfPicture(token, marker))
            {
                continue;
            }

            if (byWords && found.Count > 0 && ContinuesWord(found[^1].Last, token))
            {
                found[^1] = found[^1] with { Last = token };
            }
            else
            {
                found.Add(new Attractor(token, token));
            }
        }

        return [.. found];
    }

    /// <summary>The layout's token before which the unmatched tokens of a picture stand.</summary>
    /// <param name="marker">The picture's marker in the layout.</param>
    internal int UnmatchedAt(int marker)
    {
        if (!Moves(marker) || options.Unmatched == UnmatchedPlace.InPlace)
        {
            return marker;
        }

        if (options.Variant != TokenMixerVariant.Ours)
        {
            return OpensText(0) ? 1 : 0;
        }

        var first = marker;
        for (var token = 0; token < marker; token++)
        {
            if (layout.Kinds[token] is TokenKind.Image or TokenKind.Prompt && layout.Turns[token] == layout.Turns[marker])
            {
                first = token;
                break;
            }
        }

        return first;
    }

    /// <summary>How many text tokens stand before an image token with a key of <see cref="SimilarityOrder"/>.</summary>
    internal int TextBefore(int key) => before[key];

    /// <summary>The text of an attractor: a word without the marks around it.</summary>
    internal string WordOf(Attractor word)
    {
        var (start, end) = (layout.Spans[word.First].Start, layout.Spans[word.Last].Start + layout.Spans[word.Last].Length);
        var text = layout.Text.AsSpan(start, end - start).Trim();
        while (text.Length > 0 && char.IsPunctuation(text[0]))
        {
            text = text[1..];
        }

        while (text.Length > 0 && char.IsPunctuation(text[^1]))
        {
            text = text[..^1];
        }

        return text.ToString();
    }

    // A later picture of the variants that know one exchange stays where it is.
    private bool Moves(int marker) => options.Variant == TokenMixerVariant.Ours || marker < promptEnd;

    private bool IsOfPicture(int token, int marker) => options.Variant != TokenMixerVariant.Ours || exchanges[token] == exchanges[marker];

    // Rows that other programs tokenized have no text to look at.
    private bool IsWord(int token) => layout.Kinds[token] == TokenKind.Prompt && (layout.Text.Length == 0 || HasWord(TextOf(token)));

    private bool IsPrompt(int token) => token < promptEnd
        && layout.Kinds[token] is not (TokenKind.Image or TokenKind.Padding)
        && !OpensText(token)
        && !(options.Variant == TokenMixerVariant.Authors && token == FirstText() && IsBlank(token));

    // The opening token: the template puts it before all turns.
    private bool OpensText(int token) => token == 0 && layout.Count > 0 && layout.Kinds[0] == TokenKind.Marker && layout.Turns[0] < 0;

    private int FirstText()
    {
        var token = OpensText(0) ? 1 : 0;
        while (token < layout.Count && layout.Kinds[token] == TokenKind.Image)
        {
            token++;
        }

        return token;
    }

    private bool IsBlank(int token) => layout.Text.Length > 0 && TextOf(token).IsWhiteSpace();

    private bool ContinuesWord(int last, int token)
    {
        var start = layout.Spans[token].Start;
        return token == last + 1 && layout.Text.Length > 0 && start > 0 && !char.IsWhiteSpace(layout.Text[start - 1]) && (start == layout.Text.Length || !char.IsWhiteSpace(layout.Text[start]));
    }

    private ReadOnlySpan<char> TextOf(int token) => layout.Text.AsSpan(layout.Spans[token].Start, layout.Spans[token].Length);

    private static bool HasWord(ReadOnlySpan<char> text)
    {
        foreach (var character in text)
        {
            if (!char.IsWhiteSpace(character) && !char.IsPunctuation(character))
            {
                return true;
            }
        }

        return false;
    }

    // An exchange ends where an answer ends.
    private static int[] ExchangesOf(TokenLayout layout)
    {
        var exchanges = new int[layout.Count];
        for (var token = 1; token < layout.Count; token++)
        {
            exchanges[token] = exchanges[token - 1] + (layout.Kinds[token - 1] == TokenKind.Answer && layout.Kinds[token] != TokenKind.Answer ? 1 : 0);
        }

        return exchanges;
    }

    private static void CheckDocuments(TokenLayout layout)
    {
        var documents = layout.Documents.Where((document, token) => document > 0 && layout.Kinds[token] != TokenKind.Padding).Distinct().Count();
        var shared = layout.Documents.Where((document, token) => document == 0 && layout.Kinds[token] == TokenKind.Image).Any();
        if (shared && documents > 1)
        {
            throw new DataException(
                layout.SampleId, $"{documents} packed questions share a picture, but token_mixer can order a picture for one question only; set packed: false in the stage, or draw one question a sample", DataFault.Pictures);
        }
    }
}
