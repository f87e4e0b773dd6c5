using System.Text;
using Collimate.Tokenization;

namespace Collimate.Data.Conversations;

/// <summary>Gathers the text of a conversation piece by piece and tokenizes it run by run; tokens learn what they are from the pieces they begin in.</summary>
internal sealed class LayoutBuilder
{
    private readonly Sample sample;
    private readonly ITokenizer tokenizer;
    private readonly (string Text, int Id)[] markers;
    private readonly StringBuilder text = new();
    private readonly List<int> ids = [];
    private readonly List<TokenKind> kinds = [];
    private readonly List<int> turns = [];
    private readonly List<int> imageIndex = [];
    private readonly List<int> documents = [];
    private readonly List<(int Start, int Length)> spans = [];
    private readonly List<(int Start, TokenKind Kind, int Turn, int Document)> pieces = []; // of the run being gathered
    private int runStart;
    private int turn = -1;
    private int document;
    private bool shares;
    private int images;

    internal LayoutBuilder(Sample sample, ITokenizer tokenizer, IReadOnlyList<string> markers)
    {
        (this.sample, this.tokenizer) = (sample, tokenizer);
        this.markers = [.. markers.OrderByDescending(m => m.Length).Select(m => (m, tokenizer.TokenToId(m) ?? throw new TokenizerException(
            $"the chat template writes '{m}', which the tokenizer does not have; use the template that belongs to the tokenizer, or add the token")))];
    }

    internal void Enter(int number, int inDocument) => (turn, document) = (number, inDocument);

    /// <summary>Whether what follows is seen by all documents.</summary>
    internal void Share(bool with) => shares = with;

    private int Document => shares ? 0 : document;

    /// <summary>What somebody said: ordinary characters, whatever is written there.</summary>
    internal void AddWords(string words, TokenKind kind)
    {
        if (words.Length > 0)
        {
            pieces.Add((text.Length, kind, turn, Document));
            text.Append(words);
        }
    }

    /// <summary>Text of the template, in which its special tokens are recognised.</summary>
    internal void AddTemplate(string piece, TokenKind kind = TokenKind.Marker)
    {
        while (piece.Length > 0)
        {
            var (at, found) = FirstMarker(piece);
            AddWords(piece[..at], kind);
            if (found.Text is null)
            {
                return;
            }

            AddToken(found.Id, kind);
            piece = piece[(at + found.Text.Length)..];
        }
    }

    /// <summary>A token that is no part of any run.</summary>
    internal void AddToken(int id, TokenKind kind)
    {
        Flush();
        var token = tokenizer.IdToToken(id);
        Append(id, kind, turn, Document, (text.Length, token.Length));
        text.Append(token);
        runStart = text.Length;
    }

    internal void AddImage()
    {
        var id = tokenizer.ImageId ?? throw new DataException(
            sample.Id, "the text holds a picture, but the tokenizer names no image token; add image_token to tokenizer_config.json", DataFault.Pictures);
        AddToken(id, TokenKind.Image);
        imageIndex[^1] = images++;

        // The pictures before the second exchange are what all exchanges speak of.
        documents[^1] = document == 1 ? 0 : Document;
    }

    internal void BeginAnswer() => Cut();

    internal void EndAnswer() => Cut();

    // Where a tokenizer treats the beginning of a text differently, only special tokens and pictures begin one.
    private void Cut()
    {
        if (tokenizer.IsBytewise)
        {
            Flush();
        }
    }

    internal TokenLayout Finish()
    {
        Flush();
        return images == sample.Images.Count
            ? new TokenLayout([.. ids], [.. kinds], [.. turns], [.. imageIndex], [.. documents], [.. spans], text.ToString()) { SampleId = sample.Id }
            : throw new DataException(
                sample.Id, $"the text has {images} {ConversationRenderer.ImageMarker} markers for {sample.Images.Count} pictures; write one where each picture stands", DataFault.Pictures);
    }

    private (int At, (string? Text, int Id) Marker) FirstMarker(string piece)
    {
        (int At, (string? Text, int Id) Marker) best = (piece.Length, (null, 0));
        foreach (var marker in markers) // the longest first, so it wins where two begin alike
        {
            var at = piece.IndexOf(marker.Text, StringComparison.Ordinal);
            if (at >= 0 && at < best.At)
            {
                best = (at, marker);
            }
        }

        return best;
    }

    // Tokenizes the run that was gathered.
    private void Flush()
    {
        if (pieces.Count == 0)
        {
            return;
        }

        var piece = 0;
        var done = runStart;
        foreach (var token in tokenizer.EncodeWithOffsets(text.ToString(runStart, text.Length - runStart), recogniseAdded: false))
        {
            var start = Math.Max(runStart + token.Start, done);
            var end = Math.Max(runStart + token.End, start);
            while (piece + 1 < pieces.Count && pieces[piece + 1].Start <= runStart + token.Start)
            {
                piece++;
            }

            Append(token.Id, pieces[piece].Kind, pieces[piece].Turn, pieces[piece].Document, (start, end - start));
            done = end;
        }

        pieces.Clear();
        runStart = text.Length;
    }

    private void Append(int id, TokenKind kind, int ofTurn, int ofDocument, (int Start, int Length) span)
    {
        ids.Add(id);
        kinds.Add(kind);
        turns.Add(ofTurn);
        imageIndex.Add(-1);
        documents.Add(ofDocument);
        spans.Add(span);
    }
}
