using System.Text.Json;
using Collimate.Data.Conversations;
using Collimate.Data.LlavaJson;
using Collimate.Data.Records;

namespace Collimate.Data.Preferences;

/// <summary>Reads one record of a file of preferences: a prompt with a better and a worse answer.</summary>
internal static class PreferenceRecord
{
    private const string First = "output_1";
    private const string Second = "output_2";
    private const string Preference = "preference";

    /// <summary>Reads a record.</summary>
    /// <param name="json">Its bytes: one JSON object.</param>
    /// <param name="number">Its number in the file, from 0; names it where it has no id.</param>
    /// <param name="file">The file, for messages.</param>
    /// <param name="imageFolder">Where its pictures' paths start from.</param>
    /// <param name="needsImage">Whether it must have a picture.</param>
    /// <exception cref="DataException">Something in it is missing or does not fit.</exception>
    internal static Sample Parse(ReadOnlyMemory<byte> json, int number, string file, string imageFolder, bool needsImage) =>
        RecordText.Parse(json, $"{file}: record {number + 1}", record => Make(record, number, file, imageFolder, needsImage));

    private static Sample Make(JsonElement record, int number, string file, string imageFolder, bool needsImage)
    {
        var id = RecordText.Name(record, "id") ?? $"record {number + 1}";
        var where = $"{file}: sample '{id}'";
        var images = LlavaJsonRecord.Images(record, where, imageFolder, record.TryGetProperty("images", out _) ? "images" : "image");
        if (needsImage && images.Count == 0)
        {
            throw new DataException(where, "the record names no picture, and the recipe says needs_image: true; name one with \"image\", or take the record out", DataFault.Pictures);
        }

        var prompt = WithMarkers(Prompt(record, where), images.Count);
        var (chosen, rejected) = Answers(record, where);
        if (chosen == rejected)
        {
            throw new DataException(where, "the chosen and the rejected answer are the same, so neither can be preferred; take the record out", DataFault.Record);
        }

        List<Turn> conversation = [.. prompt, new Turn("assistant", chosen)];
        LlavaJsonRecord.CheckOrder(conversation, where);
        var places = prompt.Sum(ConversationRenderer.CountImages);
        return places == images.Count
            ? new Sample(id, images, conversation) { Rejected = [.. prompt, new Turn("assistant", rejected)], IsOneText = true }
            : throw new DataException(
                where, $"the prompt holds {places} of {ConversationRenderer.ImageMarker}, the record names {images.Count} pictures; write the marker once for every picture, or leave all of them out", DataFault.Pictures);
    }

    private static List<Turn> Prompt(JsonElement record, string where)
    {
        if ((RecordText.Text(record, "prompt") ?? RecordText.Text(record, "question")) is { } text)
        {
            return [new Turn("user", text)];
        }

        if (!record.TryGetProperty("conversations", out _))
        {
            throw new DataException(where, "there is no prompt; expected \"prompt\": \"…\", or \"conversations\": [{\"from\": \"human\", \"value\": …}]", DataFault.NoAnswer);
        }

        var turns = LlavaJsonRecord.Said(record, where);
        return turns is [.., { Role: "user" }] ? turns : throw new DataException(
            where, "the conversation does not end in a human turn, which the two answers could follow; take the last gpt turn out", DataFault.Roles);
    }

    // Where no turn says where the pictures stand, they stand first.
    private static List<Turn> WithMarkers(List<Turn> turns, int images)
    {
        if (images > 0 && turns.Sum(ConversationRenderer.CountImages) == 0 && turns.FindIndex(turn => turn.Role == "user") is >= 0 and var first)
        {
            turns[first] = turns[first] with { Text = string.Concat(Enumerable.Repeat($"{ConversationRenderer.ImageMarker}\n", images)) + turns[first].Text };
        }

        return turns;
    }

    private static (string Chosen, string Rejected) Answers(JsonElement record, string where)
    {
        if (!record.TryGetProperty(First, out _) && !record.TryGetProperty(Second, out _))
        {
            return (Answer(record, "chosen", where), Answer(record, "rejected", where));
        }

        var (first, second) = (Answer(record, First, where), Answer(record, Second, where));
        return RecordText.Name(record, Preference) switch
        {
            "1" => (first, second),
            "2" => (second, first),
            _ => throw new DataException(
                where, $"{Preference} is {(record.TryGetProperty(Preference, out var found) ? RecordText.Shown(found) : "missing")}; expected 1 where {First} is the better answer, or 2 where {Second} is", DataFault.Record),
        };
    }

    // A text, or a turn of LLaVA's with the text as its value.
    private static string Answer(JsonElement record, string key, string where) =>
        RecordText.Text(record, key) ?? (record.TryGetProperty(key, out var turn) ? RecordText.Text(turn, "value") : null)
        ?? throw new DataException(where, $"there is no answer '{key}'; expected \"{key}\": \"…\", or {{\"from\": \"gpt\", \"value\": \"…\"}}", DataFault.NoAnswer);
}
