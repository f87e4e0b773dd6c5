using System.Text.Json;
using Collimate.Data.Conversations;
using Collimate.Data.Records;

namespace Collimate.Data.LlavaJson;

/// <summary>Reads one record of a LLaVA JSON file as a conversation.</summary>
/// <remarks>As LLaVA does, turns of the assistant before the first human one are left out: they answer nothing.</remarks>
internal static class LlavaJsonRecord
{
    /// <summary>Reads a record.</summary>
    /// <param name="json">Its bytes: one JSON object.</param>
    /// <param name="number">Its number in the file, from 0; names it where it has no id.</param>
    /// <param name="file">The file, for messages.</param>
    /// <param name="imageFolder">Where its pictures' paths start from.</param>
    /// <exception cref="DataException">Something in it is missing or does not fit.</exception>
    internal static Sample Parse(ReadOnlyMemory<byte> json, int number, string file, string imageFolder) =>
        RecordText.Parse(json, $"{file}: record {number + 1}", record => Make(record, number, file, imageFolder));

    /// <summary>Reads a record's turns.</summary>
    /// <param name="record">The record.</param>
    /// <param name="where">What messages call it.</param>
    /// <exception cref="DataException">They are missing, or do not go from question to answer.</exception>
    internal static List<Turn> Turns(JsonElement record, string where)
    {
        var turns = Said(record, where);
        CheckOrder(turns, where);
        return turns;
    }

    /// <summary>Reads a record's turns as they stand, those left out that answer nothing.</summary>
    internal static List<Turn> Said(JsonElement record, string where)
    {
        if (!record.TryGetProperty("conversations", out var conversations) || conversations.ValueKind != JsonValueKind.Array)
        {
            throw new DataException(where, "there is no list 'conversations'; expected [{\"from\": \"human\", \"value\": …}, {\"from\": \"gpt\", \"value\": …}]", DataFault.NoAnswer);
        }

        var turns = conversations.EnumerateArray().Select((turn, k) => Turn(turn, k, where)).ToList();
        var opening = turns.TakeWhile(turn => turn.Role == "system").Count();
        turns.RemoveRange(opening, turns.Skip(opening).TakeWhile(turn => turn.Role == "assistant").Count());
        return turns;
    }

    private static Sample Make(JsonElement record, int number, string file, string imageFolder)
    {
        var id = RecordText.Name(record, "id") ?? $"record {number + 1}";
        var where = $"{file}: sample '{id}'";
        var turns = Turns(record, where);
        var images = Images(record, where, imageFolder);
        var places = turns.Sum(ConversationRenderer.CountImages);
        return places == images.Count
            ? new Sample(id, images, turns)
            : throw new DataException(
                where, $"the turns hold {places} of {ConversationRenderer.ImageMarker}, the record names {images.Count} pictures; write the marker once for every picture, in the human turn it belongs to", DataFault.Pictures);
    }

    /// <summary>The pictures that a record names.</summary>
    /// <param name="record">The record.</param>
    /// <param name="where">What messages call it.</param>
    /// <param name="folder">Where their paths start from.</param>
    /// <param name="key">The key that names them: a path, or a list of paths.</param>
    internal static List<ImageSource> Images(JsonElement record, string where, string folder, string key = "image")
    {
        if (!record.TryGetProperty(key, out var image) || image.ValueKind == JsonValueKind.Null)
        {
            return [];
        }

        return image.ValueKind switch
        {
            JsonValueKind.String => [One(image)],
            JsonValueKind.Array => [.. image.EnumerateArray().Select(One)],
            _ => throw Wrong(image),
        };

        ImageSource One(JsonElement path) =>
            path.ValueKind == JsonValueKind.String && path.GetString() is { Length: > 0 } text ? ImageSource.FromFile(Path.Combine(folder, text)) : throw Wrong(path);

        DataException Wrong(JsonElement found) => new(
            where, $"{key} is {RecordText.Shown(found)}; expected the path of a picture, or a list of paths. Leave the key out where there is no picture", DataFault.Pictures);
    }

    private static Turn Turn(JsonElement turn, int k, string where)
    {
        var from = RecordText.Text(turn, "from") ?? throw new DataException(where, $"turn {k + 1} does not say whom it is from; expected \"from\": \"human\" or \"gpt\"", DataFault.Roles);
        var role = from switch
        {
            "human" => "user",
            "gpt" => "assistant",
            "system" => "system",
            _ => throw new DataException(where, $"turn {k + 1} is from '{from}'; expected human, gpt or system", DataFault.Roles),
        };
        return new Turn(role, RecordText.Text(turn, "value") ?? throw new DataException(where, $"turn {k + 1} has no text; expected \"value\": \"…\"", DataFault.NoAnswer));
    }

    /// <summary>Checks that turns go from question to answer and end in one.</summary>
    internal static void CheckOrder(List<Turn> turns, string where)
    {
        var said = turns.Count > 0 && turns[0].Role == "system" ? turns.Skip(1).ToList() : turns;
        for (var k = 0; k < said.Count; k++)
        {
            if (said[k].Role != (k % 2 == 0 ? "user" : "assistant"))
            {
                throw new DataException(where, "human and gpt do not take turns; join neighbouring turns of one side into one, and let system text only come first", DataFault.Roles);
            }
        }

        if (said.Count == 0 || said.Count % 2 != 0)
        {
            throw new DataException(where, "the conversation does not end in an answer; add the gpt turn, or take the last human turn out", DataFault.NoAnswer);
        }
    }
}
