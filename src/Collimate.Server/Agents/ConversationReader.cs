using System.Text;
using Collimate.Data.Conversations;
using Microsoft.Extensions.AI;

namespace Collimate.Server.Agents;

/// <summary>Turns the messages of <c>Microsoft.Extensions.AI</c> into a conversation about pictures.</summary>
internal sealed class ConversationReader
{
    private readonly string? instructions;

    /// <param name="options">What is asked for; what generation does not know is refused.</param>
    /// <exception cref="NotSupportedException">It asks for tools or for another form than text.</exception>
    public ConversationReader(ChatOptions? options)
    {
        var refused = options switch
        {
            { Tools.Count: > 0 } => nameof(ChatOptions.Tools),
            { ResponseFormat: not (null or ChatResponseFormatText) } => nameof(ChatOptions.ResponseFormat),
            { FrequencyPenalty: not (null or 0f) } => nameof(ChatOptions.FrequencyPenalty),
            { PresencePenalty: not (null or 0f) } => nameof(ChatOptions.PresencePenalty),
            _ => null,
        };
        if (refused is not null)
        {
            throw new NotSupportedException($"{refused} is not known to this client; leave it out");
        }

        instructions = options?.Instructions;
    }

    /// <summary>Reads messages.</summary>
    /// <exception cref="ArgumentException">There is none, or one holds what cannot be shown to the model.</exception>
    public (IReadOnlyList<Turn> Turns, IReadOnlyList<byte[]> Pictures) Read(IEnumerable<ChatMessage> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var (turns, pictures) = (new List<Turn>(), new List<byte[]>());
        if (!string.IsNullOrEmpty(instructions))
        {
            turns.Add(new Turn("system", instructions));
        }

        foreach (var message in messages)
        {
            var role = RoleOf(message);
            var text = TextOf(message, role, pictures);
            if (role == "system" && turns is [{ Role: "system" } before])
            {
                turns[0] = before with { Text = $"{before.Text}\n{text}" };
            }
            else
            {
                turns.Add(new Turn(role, text));
            }
        }

        return turns.Count > 0 ? (turns, pictures) : throw new ArgumentException("there is no message to answer", nameof(messages));
    }

    private static string RoleOf(ChatMessage message) =>
        message.Role == ChatRole.System ? "system"
        : message.Role == ChatRole.User ? "user"
        : message.Role == ChatRole.Assistant ? "assistant"
        : throw new ArgumentException($"a message is of the role '{message.Role}'; the model knows system, user and assistant");

    private static string TextOf(ChatMessage message, string role, List<byte[]> pictures)
    {
        var (text, afterWords) = (new StringBuilder(), false);
        foreach (var content in message.Contents)
        {
            switch (content)
            {
                case TextContent words:
                    text.Append(afterWords ? "\n" : "").Append(words.Text.Replace(ConversationRenderer.ImageMarker, "", StringComparison.Ordinal));
                    afterWords = true;
                    break;
                case DataContent picture when role == "user" && picture.HasTopLevelMediaType("image"):
                    pictures.Add(picture.Data.ToArray());
                    text.Append(ConversationRenderer.ImageMarker);
                    afterWords = false;
                    break;
                case UriContent:
                    throw new ArgumentException("a message names a picture by its address; load it and give its bytes as DataContent");
                case UsageContent:
                    break; // of an earlier answer
                default:
                    throw new ArgumentException($"a {message.Role} message holds {content.GetType().Name}; the model reads TextContent, and from users pictures as DataContent");
            }
        }

        return text.ToString();
    }
}
