using System.Text;
using Collimate.Tokenization;

namespace Collimate.Data.Conversations;

/// <summary>Writes a conversation down as tokens, noting in the same pass what every token is.</summary>
/// <remarks>Every piece (a marker, a role's words, an answer) is tokenised by itself; nothing is ever tokenised twice, so labels cannot slip.</remarks>
public static class ConversationRenderer
{
    /// <summary>How a picture's place is written in a turn's text.</summary>
    public const string ImageMarker = "<image>";

    /// <summary>Renders a conversation.</summary>
    /// <param name="sample">The conversation.</param>
    /// <param name="tokenizer">The decoder's tokenizer.</param>
    /// <param name="template">The decoder's template.</param>
    /// <param name="forGeneration">Whether the assistant is to speak next: the text then ends in its opening mark.</param>
    /// <param name="grouping">Whether exchanges see each other.</param>
    /// <exception cref="DataException">The number of picture markers is not that of the pictures, or a role is unknown.</exception>
    public static TokenLayout Render(Sample sample, ITokenizer tokenizer, ChatTemplate template, bool forGeneration = false, TurnGrouping grouping = TurnGrouping.Joined)
    {
        var writer = new Writer(sample, tokenizer);
        writer.Add(template.Opening, TokenKind.Marker);
        for (var turn = 0; turn < sample.Conversation.Count; turn++)
        {
            var (role, text) = sample.Conversation[turn];
            if (role is not ("system" or "user" or "assistant"))
            {
                throw new DataException(sample.Id, $"turn {turn + 1} is spoken by '{role}'; expected system, user or assistant");
            }

            writer.Enter(turn, opensDocument: grouping == TurnGrouping.Separate && role == "user");
            var (before, after) = template.Of(role);
            var words = Words(text, template);
            writer.Add(before, TokenKind.Marker);
            if (role == "assistant")
            {
                writer.Add(words, TokenKind.Answer);
                writer.Add(after, TokenKind.Answer);
            }
            else
            {
                writer.AddWithImages(words, role == "system" ? TokenKind.System : TokenKind.Prompt);
                writer.Add(after, TokenKind.Marker);
            }
        }

        if (forGeneration)
        {
            writer.Add(template.Assistant.Before, TokenKind.Marker);
        }

        return writer.Finish();
    }

    private static string Words(string text, ChatTemplate template) =>
        template.LeadingSpace && text.Length > 0 && !text.StartsWith(ImageMarker, StringComparison.Ordinal) ? " " + text : text;

    private sealed class Writer(Sample sample, ITokenizer tokenizer)
    {
        private readonly StringBuilder text = new();
        private readonly List<int> ids = [];
        private readonly List<TokenKind> kinds = [];
        private readonly List<int> turns = [];
        private readonly List<int> images = [];
        private readonly List<int> documents = [];
        private readonly List<(int Start, int Length)> pieces = [];
        private int turn = -1;
        private int document;
        private int image;

        public void Enter(int number, bool opensDocument)
        {
            turn = number;
            document += opensDocument ? 1 : 0;
        }

        public void Add(string piece, TokenKind kind)
        {
            if (piece.Length > 0)
            {
                Append(tokenizer.Encode(piece), piece, kind);
            }
        }

        public void AddWithImages(string words, TokenKind kind)
        {
            var parts = words.Split(ImageMarker);
            for (var k = 0; k < parts.Length; k++)
            {
                if (k > 0)
                {
                    AddImage();
                }

                Add(parts[k], kind);
            }
        }

        public TokenLayout Finish()
        {
            if (image != sample.Images.Count)
            {
                throw new DataException(sample.Id, $"the text has {image} {ImageMarker} markers for {sample.Images.Count} pictures; write one where each picture stands");
            }

            return new TokenLayout([.. ids], [.. kinds], [.. turns], [.. images], [.. documents], [.. pieces], text.ToString());
        }

        private void AddImage()
        {
            var id = tokenizer.ImageId ?? throw new DataException(sample.Id, "the tokenizer has no image token, so the text cannot hold a picture");
            Append([id], ImageMarker, TokenKind.Image);
            images[^1] = image++;
        }

        private void Append(int[] tokens, string piece, TokenKind kind)
        {
            foreach (var id in tokens)
            {
                ids.Add(id);
                kinds.Add(kind);
                turns.Add(turn);
                images.Add(-1);
                documents.Add(document);
                pieces.Add((text.Length, piece.Length));
            }

            text.Append(piece);
        }
    }
}
