using System.Collections.Concurrent;
using Collimate.Data.Conversations.Jinja;
using Collimate.Tokenization;

namespace Collimate.Data.Conversations;

/// <summary>Hands conversations to a Jinja chat template in the form it takes, and gets back text that knows whose words it holds.</summary>
internal sealed class JinjaChat(JinjaTemplate template, IReadOnlyDictionary<string, string> specialTokens, ImagePlacement placement, bool opensWithBos)
{
    private const string Probe = "a question";

    private static readonly string[] Roles = ["system", "user", "assistant", "tool"];

    private readonly ConcurrentDictionary<string, bool> takesParts = new(StringComparer.Ordinal);

    internal JinjaTemplate Template { get; } = template;

    internal IReadOnlyDictionary<string, string> SpecialTokens { get; } = specialTokens;

    /// <summary>Writes turns down.</summary>
    /// <param name="turns">Who said what.</param>
    /// <param name="tokenizer">Names the tokens that the template asks for.</param>
    /// <param name="forGeneration">Whether the assistant is to speak next.</param>
    /// <exception cref="JinjaException">The template fails, or refuses the conversation.</exception>
    internal TaggedText Write(IReadOnlyList<Turn> turns, ITokenizer tokenizer, bool forGeneration)
    {
        var image = tokenizer.ImageId is { } id ? tokenizer.IdToToken(id) : null;
        var parts = takesParts.GetOrAdd(image ?? "", _ => TakesParts(tokenizer, image));
        var text = Template.Run(Variables([.. turns.Select((turn, k) => Message(turn, k, image, parts))], tokenizer, forGeneration));
        if (opensWithBos && tokenizer.BosId is { } bos && tokenizer.IdToToken(bos) is var opening && !text.Value.StartsWith(opening, StringComparison.Ordinal))
        {
            text = new TaggedBuilder().Append(opening).Append(text).ToText();
        }

        return text;
    }

    // Tried once: a template takes parts where it writes the words of a part, and a picture for a picture.
    private bool TakesParts(ITokenizer tokenizer, string? image)
    {
        try
        {
            var written = Template.Run(Variables([Message(new Turn("user", (image is null ? "" : ConversationRenderer.ImageMarker) + Probe), 0, image, parts: true)], tokenizer, forGeneration: true));
            var words = string.Concat(written.Runs.Where(r => r.Tag is { Origin: TextOrigin.Data, Message: 0 }).Select(r => written.Value[r.Start..r.End]));
            var pictures = image is null ? 0 : written.Value.Split(image).Length - 1;
            return words == Probe && pictures == (image is null ? 0 : 1);
        }
        catch (JinjaException)
        {
            return false;
        }
    }

    private Dictionary<string, object?> Variables(object?[] messages, ITokenizer tokenizer, bool forGeneration)
    {
        var variables = new Dictionary<string, object?>
        {
            ["messages"] = new JinjaList(messages), ["add_generation_prompt"] = forGeneration, ["tools"] = null, ["documents"] = null,
            ["bos_token"] = Token(tokenizer.BosId), ["eos_token"] = Token(tokenizer.EosOrNone()),
        };
        foreach (var (name, token) in SpecialTokens)
        {
            variables[name] = TaggedText.Of(token);
        }

        return variables;

        TaggedText Token(int? id) => id is { } known ? TaggedText.Of(tokenizer.IdToToken(known)) : TaggedText.Empty;
    }

    private JinjaMap Message(Turn turn, int number, string? image, bool parts) => new()
    {
        Message = number,
        ["role"] = new TaggedText(turn.Role, Roles.Contains(turn.Role) ? TextTag.Template : new TextTag(TextOrigin.Data, number)),
        ["content"] = parts ? Parts(turn, number) : Content(turn, number, image),
    };

    private TaggedText Content(Turn turn, int number, string? image)
    {
        var words = new TextTag(TextOrigin.Data, number);
        var pieces = Pieces(turn);
        if (pieces.Length == 1 || image is null)
        {
            return new TaggedText(turn.Text, words);
        }

        var content = new TaggedBuilder();
        var picture = new TextTag(TextOrigin.Image, number);
        if (placement == ImagePlacement.FrontOfText && turn.Role == "user")
        {
            for (var k = 1; k < pieces.Length; k++)
            {
                content.Append(image, picture).Append("\n", words);
            }

            return content.Append(string.Concat(pieces).Trim(), words).ToText();
        }

        for (var k = 0; k < pieces.Length; k++)
        {
            content.Append(k > 0 ? image : "", picture).Append(pieces[k], words);
        }

        return content.ToText();
    }

    private static JinjaList Parts(Turn turn, int number)
    {
        var parts = new List<object?>();
        var pieces = Pieces(turn);
        for (var k = 0; k < pieces.Length; k++)
        {
            if (k > 0)
            {
                parts.Add(new JinjaMap { ["type"] = TaggedText.Of("image") });
            }

            // The line end beside a marker belongs to the marker; a template that takes parts writes its own.
            var words = pieces.Length > 1 ? pieces[k].Trim() : pieces[k];
            if (words.Length > 0 || pieces.Length == 1)
            {
                parts.Add(new JinjaMap { ["type"] = TaggedText.Of("text"), ["text"] = new TaggedText(words, new TextTag(TextOrigin.Data, number)) });
            }
        }

        return new JinjaList(parts) { IsContent = true };
    }

    private static string[] Pieces(Turn turn) => turn.Role == "assistant" ? [turn.Text] : turn.Text.Split(ConversationRenderer.ImageMarker);
}
