using Collimate.Data.Conversations.Jinja;
using Collimate.Tokenization;

namespace Collimate.Data.Conversations;

/// <summary>Turns what a Jinja template wrote into tokens that know what they are: everything follows from where each character came from.</summary>
/// <remarks>
/// What the assistant is to learn are its words, the one space a template puts before them, and the mark that ends its turn: the template's text of that turn up
/// to its first special token, or, where it writes none, up to the end of the line. Generation blocks, where the template has them, decide instead. A token
/// that holds learnt characters beside others is learnt, since it is generated as a whole; any other token is what its first character is. White space counts
/// only where there is nothing else in a token.
/// </remarks>
internal sealed class JinjaConversation
{
    private readonly Sample sample;
    private readonly ITokenizer tokenizer;
    private readonly IReadOnlyList<Turn> turns;
    private readonly TaggedText text;
    private readonly bool[] learnt;
    private readonly int[] turnOf;

    private JinjaConversation(Sample sample, ITokenizer tokenizer, IReadOnlyList<Turn> turns, TaggedText text, bool forGeneration)
    {
        (this.sample, this.tokenizer, this.turns, this.text) = (sample, tokenizer, turns, text);
        turnOf = TurnsOf(text, forGeneration ? turns.Count : -1);
        learnt = Learnt();
    }

    internal static TokenLayout Render(Sample sample, ITokenizer tokenizer, JinjaChat chat, IReadOnlyList<Turn> turns, bool forGeneration, TurnGrouping grouping)
    {
        TaggedText text;
        try
        {
            text = chat.Write(turns, tokenizer, forGeneration);
        }
        catch (JinjaException failure) when (failure.IsRaisedByTemplate)
        {
            throw new DataException(sample.Id, failure.Message, DataFault.Roles);
        }

        var conversation = new JinjaConversation(sample, tokenizer, turns, text, forGeneration);
        if (grouping == TurnGrouping.Separate && turns.Count(t => t.Role == "user") > 1)
        {
            var (packed, shared) = conversation.Packed();
            conversation = new JinjaConversation(sample, tokenizer, turns, packed, forGeneration);
            return conversation.Layout(grouping, shared);
        }

        return conversation.Layout(grouping, sharedEnd: 0);
    }

    // The turn of each character. Text that the template wrote for no message in particular belongs to the turn before it.
    private static int[] TurnsOf(TaggedText text, int afterLast)
    {
        var turns = new int[text.Length];
        var (current, lastSaid) = (-1, 0);
        foreach (var (start, end, tag) in text.Runs)
        {
            current = tag.Message >= 0 ? tag.Message : current;
            lastSaid = tag.Message >= 0 ? end : lastSaid;
            turns.AsSpan(start, end - start).Fill(current);
        }

        if (afterLast >= 0)
        {
            turns.AsSpan(lastSaid).Fill(afterLast);
        }

        return turns;
    }

    private bool[] Learnt()
    {
        var marks = new bool[text.Length];
        if (text.Runs.Any(r => r.Tag.Generated))
        {
            foreach (var (start, end, tag) in text.Runs)
            {
                marks.AsSpan(start, end - start).Fill(tag.Generated);
            }

            return marks;
        }

        var written = TaggedEncoding.WrittenTokens(text, tokenizer);
        var knowsTurns = text.Runs.Any(r => r.Tag is { Origin: TextOrigin.Template, Message: >= 0 });
        for (var turn = 0; turn < turns.Count; turn++)
        {
            var said = text.Runs.Where(r => r.Tag.Origin == TextOrigin.Data && r.Tag.Message == turn).ToArray();
            if (turns[turn].Role == "assistant" && said.Length > 0)
            {
                var (start, end) = (said[0].Start, said[^1].End);
                start -= start > 1 && text.Value[start - 1] == ' ' && !char.IsWhiteSpace(text.Value[start - 2]) && text.TagAt(start - 1).Origin == TextOrigin.Template ? 1 : 0;
                marks.AsSpan(start, EndOfTurn(end, turn, knowsTurns, written) - start).Fill(true);
            }
        }

        return marks;
    }

    private int EndOfTurn(int end, int turn, bool knowsTurns, List<(AddedToken Token, int Start, int End)> written)
    {
        var last = end;
        while (last < text.Length && text.TagAt(last) is { Origin: TextOrigin.Template } tag && (tag.Message == turn || (!knowsTurns && tag.Message < 0)))
        {
            last++;
        }

        var mark = written.FirstOrDefault(w => w.Token.IsSpecial && w.Start >= end && w.End <= last);
        if (mark.Token is not null)
        {
            return mark.End;
        }

        var after = text.Value.AsSpan(end, last - end);
        var line = after.IndexOf('\n');
        return after.IsWhiteSpace() ? (line == 0 ? end + 1 : end) : line > 0 ? end + line : knowsTurns ? last : end;
    }

    // Several exchanges about the pictures of the first: what stands before and between the pictures is shared, and is not written again.
    private (TaggedText Text, int SharedEnd) Packed()
    {
        var firstUser = turns.TakeWhile(t => t.Role != "user").Count();
        var pictures = Pictures().ToArray();
        var opening = Array.FindIndex(turnOf, turn => turn == firstUser);
        var own = pictures.Where(p => turnOf[p.Start] == firstUser).ToArray();
        if (own.Length == 0 || opening < 0)
        {
            return (text, 0);
        }

        var end = own[^1].End;
        for (var k = opening; k < end; k++)
        {
            if (text.TagAt(k).Origin == TextOrigin.Data && !char.IsWhiteSpace(text.Value[k]))
            {
                throw new DataException(
                    sample.Id, $"the first of several packed questions has words before its picture, which the others would see; write {ConversationRenderer.ImageMarker} first, or set packed: false", DataFault.Pictures);
            }
        }

        // What the template writes between the pictures and the words belongs to the pictures.
        var words = end;
        while (words < text.Length && turnOf[words] == firstUser && (text.TagAt(words).Origin != TextOrigin.Data || char.IsWhiteSpace(text.Value[words])))
        {
            words++;
        }

        end = words < text.Length && text.TagAt(words).Origin == TextOrigin.Data && turnOf[words] == firstUser ? words : end;

        var head = text.Value[opening..own[0].Start];
        var packed = new TaggedBuilder();
        var from = 0;
        for (var turn = firstUser + 1; turn < turns.Count && head.Length > 0; turn++)
        {
            var at = turns[turn].Role == "user" ? Array.FindIndex(turnOf, t => t == turn) : -1;
            if (at > from && !pictures.Any(p => turnOf[p.Start] == turn))
            {
                packed.Append(text.Cut(from, at));
                from = at + Alike(head, at);
            }
        }

        return (packed.Append(text.Cut(from, text.Length)).ToText(), end);
    }

    // What the template opens a turn with, where it has opened the first so too.
    private int Alike(string head, int at)
    {
        var end = at;
        while (end < text.Length && turnOf[end] == turnOf[at] && text.TagAt(end).Origin == TextOrigin.Template)
        {
            end++;
        }

        return head.Contains(text.Value[at..end], StringComparison.Ordinal) ? end - at : 0;
    }

    private IEnumerable<(int Start, int End)> Pictures() =>
        TaggedEncoding.WrittenTokens(text, tokenizer).Where(w => w.Token.Id == tokenizer.ImageId).Select(w => (w.Start, w.End));

    private TokenLayout Layout(TurnGrouping grouping, int sharedEnd)
    {
        var tokens = TaggedEncoding.Encode(text, tokenizer);
        var count = tokens.Length;
        var (ids, kinds, ofTurn, images) = (new int[count], new TokenKind[count], new int[count], new int[count]);
        var (documents, spans) = (new int[count], new (int Start, int Length)[count]);
        var (done, picture) = (0, 0);
        for (var k = 0; k < count; k++)
        {
            var (id, start, end) = tokens[k];
            var first = Math.Min(Begin(start, end), Math.Max(text.Length - 1, 0));
            ids[k] = id;
            kinds[k] = KindOf(id, start, end);
            images[k] = kinds[k] == TokenKind.Image ? picture++ : -1;
            ofTurn[k] = text.Length == 0 ? -1 : turnOf[first];
            documents[k] = grouping == TurnGrouping.Joined || start < sharedEnd ? 0 : Exchange(ofTurn[k]);
            documents[k] = kinds[k] == TokenKind.Image && documents[k] == 1 ? 0 : documents[k];
            // Characters that no token stands for go with the token after them, or with the last.
            var to = k + 1 == count ? text.Length : Math.Max(end, done);
            spans[k] = (done, to - done);
            done = to;
        }

        CheckPictures(picture);
        return new TokenLayout(ids, kinds, ofTurn, images, documents, spans, text.Value) { SampleId = sample.Id };
    }

    private TokenKind KindOf(int id, int start, int end)
    {
        if (id == tokenizer.ImageId && TaggedEncoding.IsWritten(text, start, end))
        {
            return TokenKind.Image;
        }

        var begin = Begin(start, end);
        for (var k = begin; k < end; k++)
        {
            if (learnt[k] && (k == begin || !char.IsWhiteSpace(text.Value[k])))
            {
                return TokenKind.Answer;
            }
        }

        var tag = text.TagAt(begin);
        return tag.Origin == TextOrigin.Template || tag.Message < 0 || tag.Message >= turns.Count ? TokenKind.Marker : turns[tag.Message].Role switch
        {
            "system" => TokenKind.System,
            "assistant" => TokenKind.Marker, // words that a generation block leaves out
            _ => TokenKind.Prompt,
        };
    }

    // White space before a word is one token with it in many vocabularies; it is the word that says what the token is.
    private int Begin(int start, int end)
    {
        for (var k = start; k < end; k++)
        {
            if (!char.IsWhiteSpace(text.Value[k]))
            {
                return k;
            }
        }

        return start;
    }

    private int Exchange(int turn)
    {
        var exchange = 0;
        for (var k = 0; k <= Math.Min(turn, turns.Count - 1); k++)
        {
            exchange += turns[k].Role == "user" ? 1 : 0;
        }

        return exchange;
    }

    private void CheckPictures(int written)
    {
        var wanted = turns.Sum(ConversationRenderer.CountImages);
        if (wanted != sample.Images.Count)
        {
            throw new DataException(
                sample.Id, $"the text has {wanted} {ConversationRenderer.ImageMarker} markers for {sample.Images.Count} pictures; write one where each picture stands", DataFault.Pictures);
        }

        if (wanted > 0 && tokenizer.ImageId is null)
        {
            throw new DataException(
                sample.Id, "the text holds a picture, but the tokenizer names no image token; add image_token to tokenizer_config.json", DataFault.Pictures);
        }

        if (written != wanted)
        {
            throw new DataException(
                sample.Id, $"the chat template wrote {written} pictures for {wanted}; it does not take pictures where they stand. Name another template (template: in the recipe)", DataFault.Pictures);
        }
    }
}
