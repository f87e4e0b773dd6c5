using System.Text;
using System.Text.Json;
using Collimate.Data.Conversations;
using Collimate.Data.Records;

namespace Collimate.Data.Vsft;

/// <summary>Reads one record of messages with typed content as a conversation.</summary>
internal sealed class VsftRecord
{
    private readonly JsonElement record;
    private readonly string where;
    private readonly VsftPictures pictures;
    private readonly List<int> shown = [];
    private int next;

    private VsftRecord(JsonElement record, string where, VsftPictures pictures) => (this.record, this.where, this.pictures) = (record, where, pictures);

    /// <summary>Reads a record.</summary>
    /// <param name="json">Its bytes: one JSON object.</param>
    /// <param name="number">Its number in the file, from 0; names it where it has no id.</param>
    /// <param name="file">The file, for messages.</param>
    /// <param name="imageFolder">Where paths of pictures start from.</param>
    /// <param name="firstExchange">Whether only the first question and its answer are taken.</param>
    /// <exception cref="DataException">Something in it is missing or does not fit.</exception>
    internal static Sample Parse(ReadOnlyMemory<byte> json, int number, string file, string imageFolder, bool firstExchange) =>
        RecordText.Parse(json, $"{file}: record {number + 1}", record =>
        {
            var id = RecordText.Name(record, "id") ?? $"record {number + 1}";
            var where = $"{file}: sample '{id}'";
            return new VsftRecord(record, where, VsftPictures.Read(record, where, imageFolder)).Make(id, firstExchange);
        });

    private Sample Make(string id, bool firstExchange)
    {
        if (record.ValueKind != JsonValueKind.Object || !record.TryGetProperty("messages", out var messages) || messages.ValueKind != JsonValueKind.Array)
        {
            throw new DataException(where, "there is no list 'messages'; expected [{\"role\": \"user\", \"content\": […]}, {\"role\": \"assistant\", \"content\": […]}]", DataFault.NoAnswer);
        }

        var turns = new List<Turn>();
        foreach (var (k, message) in messages.EnumerateArray().Index())
        {
            turns.Add(Turn(message, k));
            if (firstExchange && turns[^1].Role == "assistant")
            {
                break;
            }
        }

        CheckOrder(turns);
        if (!firstExchange && pictures.Count > shown.Distinct().Count())
        {
            throw new DataException(
                where, $"the record has {pictures.Count} pictures, of which its messages show {shown.Distinct().Count()}; add {{\"type\": \"image\", \"index\": …}} where each stands, or take the picture out", DataFault.Pictures);
        }

        return new Sample(id, [.. shown.Select(pictures.At)], turns);
    }

    private Turn Turn(JsonElement message, int k)
    {
        var role = RecordText.Text(message, "role") is { } found and ("user" or "assistant" or "system") ? found : throw new DataException(
            where, $"message {k + 1} is from {(message.ValueKind == JsonValueKind.Object && message.TryGetProperty("role", out var other) ? RecordText.Shown(other) : "nobody")}; expected \"role\": \"user\", \"assistant\" or \"system\"", DataFault.Roles);
        var text = new StringBuilder();
        if (!message.TryGetProperty("content", out var content) || content.ValueKind is not (JsonValueKind.String or JsonValueKind.Array))
        {
            throw new DataException(where, $"message {k + 1} has no content; expected a text, or [{{\"type\": \"text\", \"text\": …}}, {{\"type\": \"image\", \"index\": 0}}]", DataFault.Record);
        }

        if (content.ValueKind == JsonValueKind.String)
        {
            text.Append(Words(content.GetString()!, role, k));
        }
        else
        {
            foreach (var (at, part) in content.EnumerateArray().Index())
            {
                text.Append(Part(part, role, $"part {at + 1} of message {k + 1}", k));
            }
        }

        return new Turn(role, text.ToString());
    }

    private string Part(JsonElement part, string role, string which, int k)
    {
        switch (RecordText.Text(part, "type"))
        {
            case "text":
                return Words(RecordText.Text(part, "text") ?? throw new DataException(where, $"{which} is of type text but has none; expected \"text\": \"…\"", DataFault.Record), role, k);
            case "image":
                if (role == "assistant")
                {
                    throw new DataException(where, $"{which} is a picture that the assistant shows; only user and system messages may show pictures", DataFault.Pictures);
                }

                shown.Add(Index(part, which));
                return ConversationRenderer.ImageMarker;
            default:
                throw new DataException(where, $"{which} is {RecordText.Shown(part)}; expected {{\"type\": \"text\", \"text\": …}} or {{\"type\": \"image\", \"index\": …}}", DataFault.Record);
        }
    }

    // A part without an index shows the picture after the one before.
    private int Index(JsonElement part, string which)
    {
        var index = next;
        if (part.TryGetProperty("index", out var given) && given.ValueKind != JsonValueKind.Null
            && !(given.ValueKind == JsonValueKind.Number && given.TryGetInt32(out index)))
        {
            throw new DataException(where, $"{which} has the index {RecordText.Shown(given)}; expected the number of a picture, from 0", DataFault.Pictures);
        }

        next = index + 1;
        return index >= 0 && index < pictures.Count ? index : throw new DataException(
            where, $"{which} shows picture {index}, but 'images' has {pictures.Count}; indices begin with 0", DataFault.Pictures);
    }

    private string Words(string text, string role, int k) => role == "assistant" || !text.Contains(ConversationRenderer.ImageMarker, StringComparison.Ordinal) ? text : throw new DataException(
        where, $"the text of message {k + 1} itself says {ConversationRenderer.ImageMarker}; a picture is shown by a part of type image. Take the words out", DataFault.Pictures);

    private void CheckOrder(List<Turn> turns)
    {
        var opening = turns.Count > 0 && turns[0].Role == "system" ? 1 : 0;
        for (var k = opening; k < turns.Count; k++)
        {
            var expected = (k - opening) % 2 == 0 ? "user" : "assistant";
            if (turns[k].Role != expected)
            {
                throw new DataException(where, $"message {k + 1} is from '{turns[k].Role}', expected '{expected}'; user and assistant take turns, and a system message can only come first", DataFault.Roles);
            }
        }

        if (turns.Count == opening || (turns.Count - opening) % 2 != 0)
        {
            throw new DataException(where, "the messages do not end in an answer; add the assistant's message, or take the last user message out", DataFault.NoAnswer);
        }
    }
}
