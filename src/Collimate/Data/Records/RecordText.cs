using System.Text.Json;
using System.Text.Unicode;

namespace Collimate.Data.Records;

/// <summary>Reads the JSON of one record: whatever is wrong with it is a <see cref="DataException"/> that names the record.</summary>
internal static class RecordText
{
    /// <summary>The most bytes of one record: what is longer is no text but a picture gone astray, or another kind of file.</summary>
    internal const int LongestRecord = 100_000_000;

    /// <summary>What some editors put before UTF-8.</summary>
    internal static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    /// <summary>Reads a record and makes something of it.</summary>
    /// <param name="json">The record's bytes.</param>
    /// <param name="where">The file and the record, for messages.</param>
    /// <param name="make">Makes it; may ask every value for its text.</param>
    /// <exception cref="DataException">It is no JSON, or <paramref name="make"/> says so.</exception>
    internal static T Parse<T>(ReadOnlyMemory<byte> json, string where, Func<JsonElement, T> make)
    {
        if (!Utf8.IsValid(json.Span))
        {
            throw new DataException(where, "there are bytes that are not UTF-8; save the file as UTF-8", DataFault.Record);
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            return make(document.RootElement);
        }
        catch (JsonException broken)
        {
            throw new DataException(where, $"this is not valid JSON: {Detail(broken)}", DataFault.Record);
        }
        catch (InvalidOperationException)
        {
            // All bytes are sound, so what cannot be read is half of a pair of escapes, such as "\ud83d" alone.
            throw new DataException(where, "a text holds half a character (a lone \\ud800 to \\udfff); mend the escape or take it out", DataFault.Record);
        }
    }

    /// <summary>The text of a key; null where the key is absent or holds no text.</summary>
    internal static string? Text(JsonElement record, string key) =>
        record.ValueKind == JsonValueKind.Object && record.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>The text or number of a key as text; null where it is absent or something else.</summary>
    internal static string? Name(JsonElement record, string key) =>
        record.ValueKind == JsonValueKind.Object && record.TryGetProperty(key, out var value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number ? value.ToString() : null;

    /// <summary>The texts of a list; null where the key is absent or no list of texts.</summary>
    internal static string[]? Texts(JsonElement record, string key)
    {
        if (record.ValueKind != JsonValueKind.Object || !record.TryGetProperty(key, out var list) || list.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        return list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) ? [.. list.EnumerateArray().Select(item => item.GetString()!)] : null;
    }

    /// <summary>A value as it is written, for messages; no longer than a line.</summary>
    internal static string Shown(JsonElement value)
    {
        var text = value.GetRawText().ReplaceLineEndings(" ");
        return text.Length <= 80 ? text : text[..77] + "…";
    }

    /// <summary>The reader's own sentence, without the place that is said already.</summary>
    internal static string Detail(JsonException broken)
    {
        var place = broken.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return place < 0 ? broken.Message : broken.Message[..place];
    }
}
