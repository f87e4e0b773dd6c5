using Collimate.Tokenization;

namespace Collimate.Data.Conversations;

/// <summary>Writes a conversation down as tokens, noting in the same pass what every token is.</summary>
/// <remarks>
/// The text is gathered into runs and every run is tokenized once. A run ends at a special token of the template, at a picture, and before and after an
/// answer: there generation begins and ends, so a prompt's tokens are the same with its answer and without. (Tokenizers that put a mark of their own at a text's
/// beginning, such as Llama's, are not cut at answers.) Between special tokens the ids are those of the whole text encoded at once. Special tokens written in what somebody said are ordinary characters.
/// </remarks>
public static class ConversationRenderer
{
    /// <summary>How a picture's place is written in the text of a system or user turn.</summary>
    public const string ImageMarker = "<image>";

    /// <summary>Renders a conversation.</summary>
    /// <param name="sample">The conversation.</param>
    /// <param name="tokenizer">The decoder's tokenizer.</param>
    /// <param name="template">The decoder's template.</param>
    /// <param name="forGeneration">Whether the assistant is to speak next: the text then ends in its opening mark, and an answer at the end is left out.</param>
    /// <param name="grouping">Whether exchanges see each other.</param>
    /// <exception cref="DataException">Markers and pictures differ in number; roles are unknown or out of order; there is no answer to learn, or no question to answer.</exception>
    /// <exception cref="TokenizerException">The tokenizer lacks a special token of the template.</exception>
    public static TokenLayout Render(Sample sample, ITokenizer tokenizer, ChatTemplate template, bool forGeneration = false, TurnGrouping grouping = TurnGrouping.Joined)
    {
        CheckRoles(sample, forGeneration);
        var turns = sample.Conversation.Count - (forGeneration && sample.Conversation[^1].Role == "assistant" ? 1 : 0);
        var layout = template.Chat is { } chat
            ? JinjaConversation.Render(sample, tokenizer, chat, [.. sample.Conversation.Take(turns)], forGeneration, grouping)
            : RenderData(sample, tokenizer, template, turns, forGeneration, grouping);
        return forGeneration || layout.AnswerCount > 0 ? layout : throw new DataException(
            sample.Id, $"the conversation has no token to learn: {layout.Describe()}. Give the assistant's turns words, or leave the sample out", DataFault.NoAnswer);
    }

    /// <summary>How many pictures a turn's text has places for.</summary>
    /// <param name="turn">The turn; an assistant's text has none, whatever it says.</param>
    public static int CountImages(Turn turn) => turn.Role == "assistant" ? 0 : turn.Text.Split(ImageMarker).Length - 1;

    private static TokenLayout RenderData(Sample sample, ITokenizer tokenizer, ChatTemplate template, int turns, bool forGeneration, TurnGrouping grouping)
    {
        var builder = new LayoutBuilder(sample, tokenizer, template.Markers);
        if (template.OpensWithBos && tokenizer.BosId is { } opening)
        {
            builder.AddToken(opening, TokenKind.Marker);
        }

        if (template.DefaultSystem.Length > 0 && sample.Conversation[0].Role != "system")
        {
            RenderAsked(builder, template, template.System, new Turn("system", template.DefaultSystem), images: 0);
        }

        var documents = 0;
        var packs = grouping == TurnGrouping.Separate && sample.Conversation.Take(turns).Count(t => t.Role == "user") > 1;
        var shares = packs && SharesOpening(sample, template);
        for (var k = 0; k < turns; k++)
        {
            var turn = sample.Conversation[k];
            documents += turn.Role == "user" ? 1 : 0;
            builder.Enter(k, grouping == TurnGrouping.Separate ? documents : 0);
            if (shares && documents == 1 && turn.Role == "user")
            {
                RenderShared(builder, template, turn, CountImages(turn));
            }
            else if (shares && turn.Role == "user" && CountImages(turn) == 0)
            {
                RenderAsked(builder, template, template.User with { Before = "" }, turn, images: 0); // the shared part has opened the question
            }
            else
            {
                OpenSilentExchange(builder, template, turn, documents, packs);
                RenderTurn(builder, template, turn);
            }
        }

        if (forGeneration)
        {
            builder.Enter(turns, grouping == TurnGrouping.Separate ? documents : 0);
            builder.AddTemplate(template.Assistant.Before);
        }

        return builder.Finish();
    }

    // Several exchanges about pictures that stand inside the first question: its opening and the pictures are what all of them begin with.
    private static bool SharesOpening(Sample sample, ChatTemplate template)
    {
        var first = sample.Conversation.First(t => t.Role == "user");
        if (CountImages(first) == 0 || !template.KeepsUserText || template.Images == ImagePlacement.BeforeRole)
        {
            return false;
        }

        var parts = first.Text.Split(ImageMarker);
        return template.Images == ImagePlacement.FrontOfText || parts[..^1].All(string.IsNullOrWhiteSpace) ? true : throw new DataException(
            sample.Id, $"the first of several packed questions has words before its picture, which the others would see; write {ImageMarker} first, or set packed: false", DataFault.Pictures);
    }

    private static void RenderShared(LayoutBuilder builder, ChatTemplate template, Turn turn, int images)
    {
        var inFront = template.Images == ImagePlacement.FrontOfText;
        var parts = turn.Text.Split(ImageMarker);
        var words = inFront ? string.Concat(parts).Trim() : parts[^1];
        var blank = words.Length - words.TrimStart().Length;
        builder.Share(true);
        builder.AddTemplate(template.User.Before);
        for (var k = 0; k < images; k++)
        {
            builder.AddWords(inFront ? "" : parts[k], TokenKind.Prompt);
            builder.AddImage();
            builder.AddWords(inFront ? "\n" : "", TokenKind.Prompt);
        }

        builder.AddWords(template.User.LeadingSpace ? "" : words[..blank], TokenKind.Prompt);
        builder.Share(false);
        builder.AddWords(template.User.LeadingSpace ? Words(template.User, words) : words[blank..], TokenKind.Prompt);
        builder.AddTemplate(template.User.End);
        builder.AddTemplate(template.User.After);
    }

    // Where the user's words are left out, nothing would stand before the second caption to predict its first token from.
    private static void OpenSilentExchange(LayoutBuilder builder, ChatTemplate template, Turn turn, int exchange, bool packs)
    {
        if (packs && turn.Role == "user" && exchange > 1 && !template.KeepsUserText && template.User.Before.Length == 0 && template.Assistant.Before.Length == 0)
        {
            builder.AddTemplate(template.Assistant.End);
        }
    }

    private static void RenderTurn(LayoutBuilder builder, ChatTemplate template, Turn turn)
    {
        var format = template.Of(turn.Role);
        if (turn.Role != "assistant")
        {
            RenderAsked(builder, template, format, turn, CountImages(turn));
            return;
        }

        builder.AddTemplate(format.Before);
        builder.BeginAnswer();
        builder.AddWords(Words(format, turn.Text), TokenKind.Answer);
        builder.AddTemplate(format.End, TokenKind.Answer);
        builder.EndAnswer();
        builder.AddTemplate(format.After);
    }

    private static void RenderAsked(LayoutBuilder builder, ChatTemplate template, RoleFormat format, Turn turn, int images)
    {
        var (ofUser, kind) = turn.Role == "user" ? (true, TokenKind.Prompt) : (false, TokenKind.System);
        var parts = images == 0 ? [turn.Text] : turn.Text.Split(ImageMarker);
        var first = ofUser && template.Images == ImagePlacement.BeforeRole && template.KeepsUserText;
        if (first)
        {
            AddImages(builder, images, "");
            parts = [string.Join(' ', parts.Select(p => p.Trim()).Where(p => p.Length > 0))];
        }

        builder.AddTemplate(format.Before);
        if (ofUser && !template.KeepsUserText)
        {
            AddImages(builder, images, "");
            parts = [];
        }
        else if (ofUser && template.Images == ImagePlacement.FrontOfText && images > 0)
        {
            AddImages(builder, images, "\n");
            parts = [string.Concat(parts).Trim()];
        }

        for (var k = 0; k < parts.Length; k++)
        {
            if (k > 0)
            {
                builder.AddImage();
            }

            builder.AddWords(Words(format, parts[k]), kind);
        }

        builder.AddTemplate(format.End);
        builder.AddTemplate(format.After);
    }

    private static void AddImages(LayoutBuilder builder, int count, string after)
    {
        for (var k = 0; k < count; k++)
        {
            builder.AddImage();
            builder.AddWords(after, TokenKind.Prompt);
        }
    }

    private static string Words(RoleFormat format, string text)
    {
        if (!format.LeadingSpace)
        {
            return text;
        }

        var words = text.Trim();
        return words.Length > 0 ? " " + words : "";
    }

    private static void CheckRoles(Sample sample, bool forGeneration)
    {
        if (sample.Conversation.Count == 0)
        {
            throw new DataException(sample.Id, "the conversation has no turns", DataFault.NoAnswer);
        }

        var expected = sample.Conversation[0].Role == "system" ? "system" : "user";
        for (var k = 0; k < sample.Conversation.Count; k++)
        {
            var role = sample.Conversation[k].Role;
            if (role != expected)
            {
                throw new DataException(
                    sample.Id, $"turn {k + 1} is spoken by '{role}', expected '{expected}'; user and assistant take turns, and a system turn can only come first", DataFault.Roles);
            }

            expected = role == "user" ? "assistant" : "user";
        }

        var last = sample.Conversation[^1].Role;
        if (last == "system" || (last == "user" && !forGeneration))
        {
            var mend = forGeneration ? "add a user turn" : "add the assistant's answer, or leave the turn out";
            throw new DataException(sample.Id, $"the conversation ends in a {last} turn; {mend}", DataFault.NoAnswer);
        }
    }
}
