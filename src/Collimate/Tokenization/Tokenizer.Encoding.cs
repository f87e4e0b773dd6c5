using Collimate.Tokenization.Models;
using Collimate.Tokenization.Normalization;
using Collimate.Tokenization.PostProcessing;

namespace Collimate.Tokenization;

/// <content>From text to tokens.</content>
public sealed partial class Tokenizer
{
    private const int LeastLimit = 1 << 20;
    private const int MostGrowth = 64;

    /// <inheritdoc/>
    public int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. Run(text, recogniseAdded: true, tracks: false, typeId: 0).Tokens.Select(t => t.Id)];
    }

    /// <inheritdoc/>
    public EncodedToken[] EncodeWithOffsets(string text, bool recogniseAdded = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. Run(text, recogniseAdded, tracks: true, typeId: 0).Tokens.Select(t => new EncodedToken(t.Id, t.Start, t.End))];
    }

    /// <inheritdoc/>
    public TokenizedText EncodeText(string text, string? pair = null, bool addSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<TokenSequence> texts = [Run(text, recogniseAdded: true, tracks: true, typeId: 0)];
        if (pair is not null)
        {
            texts.Add(Run(pair, recogniseAdded: true, tracks: true, typeId: 1));
        }

        var tokens = (parts.PostProcessor?.Process(texts, addSpecialTokens) ?? texts).SelectMany(t => t.Tokens).ToArray();
        return new TokenizedText
        {
            Ids = Array.ConvertAll(tokens, t => t.Id),
            Tokens = Array.ConvertAll(tokens, t => t.Surface ?? table.Spelling(t.Id)),
            Offsets = Array.ConvertAll(tokens, t => (t.Start, t.End)),
            TypeIds = Array.ConvertAll(tokens, t => t.TypeId),
            PutIn = Array.ConvertAll(tokens, t => t.IsPutIn),
            Words = Array.ConvertAll(tokens, t => t.Word < 0 ? (int?)null : t.Word),
        };
    }

    // The whole text as one piece; half a surrogate pair reads as U+FFFD.
    private static NormalizedText Piece(string text, bool tracks)
    {
        var characters = text.ToCharArray();
        for (var k = 0; k < characters.Length; k++)
        {
            if (!char.IsSurrogate(characters[k]))
            {
                continue;
            }

            if (char.IsHighSurrogate(characters[k]) && k + 1 < characters.Length && char.IsLowSurrogate(characters[k + 1]))
            {
                k++;
            }
            else
            {
                characters[k] = '\uFFFD';
            }
        }

        return new NormalizedText(characters, 0, tracks, (int)Math.Min(int.MaxValue / 4, LeastLimit + ((long)MostGrowth * text.Length)));
    }

    private TokenSequence Run(string text, bool recogniseAdded, bool tracks, int typeId)
    {
        var run = new EncodingRun(typeId);
        var whole = Piece(text, tracks);
        var at = 0;
        while (recogniseAdded && !rawTokens.IsEmpty && rawTokens.TryFind(whole.Span, at, out var token, out var start, out var end))
        {
            EncodePiece(run, whole.Slice(at, start), recogniseAdded);
            run.Add(token!, whole.Slice(start, end));
            at = end;
        }

        EncodePiece(run, whole.Slice(at, whole.Length), recogniseAdded);
        return run.Sequence;
    }

    // A piece between added tokens: normalized, and searched for those that are looked for afterwards.
    private void EncodePiece(EncodingRun run, NormalizedText piece, bool recogniseAdded)
    {
        if (piece.Length == 0)
        {
            return;
        }

        var text = parts.Normalizer?.Normalize(piece) ?? piece;
        var at = 0;
        while (recogniseAdded && !normalizedTokens.IsEmpty && normalizedTokens.TryFind(text.Span, at, out var token, out var start, out var end))
        {
            EncodeWords(run, text.Slice(at, start));
            run.Add(token!, text.Slice(start, end));
            at = end;
        }

        EncodeWords(run, text.Slice(at, text.Length));
    }

    private void EncodeWords(EncodingRun run, NormalizedText text)
    {
        if (text.Length == 0)
        {
            return;
        }

        if (parts.PreTokenizer is null)
        {
            run.Add(parts.Model, text);
            return;
        }

        run.Words.Clear();
        parts.PreTokenizer.Cut(text, run.Words);
        foreach (var word in run.Words)
        {
            if (word.Length > 0)
            {
                run.Add(parts.Model, word);
            }
        }
    }

    // What is gathered while a text is encoded.
    private sealed class EncodingRun(int typeId)
    {
        private readonly List<ModelToken> found = [];
        private int word;

        internal TokenSequence Sequence { get; } = new();

        internal List<NormalizedText> Words { get; } = [];

        internal void Add(AddedToken token, NormalizedText piece)
        {
            var (start, end) = piece.Place(0, piece.Length);
            var surface = piece.Span.SequenceEqual(token.Content) ? null : piece.ToString();
            Sequence.Tokens.Add(new SequenceToken(token.Id, start, end, word++, typeId, Surface: surface));
        }

        internal void Add(ITokenModel model, NormalizedText piece)
        {
            found.Clear();
            model.Tokenize(piece.Span, found);
            foreach (var token in found)
            {
                var (start, end) = piece.Place(token.Start, token.End);
                var surface = token.IsUnknown && piece.Tracks ? piece.Span[token.Start..token.End].ToString() : null;
                Sequence.Tokens.Add(new SequenceToken(token.Id, start, end, word, typeId, Surface: surface));
            }

            word++;
        }
    }
}
