using System.Text.Json;
using Collimate.Data;
using Collimate.Data.Records;

namespace Collimate.Evaluation.Benchmarks.Readers;

/// <summary>Reads the JSON of benchmarks; whatever is wrong with it is a <see cref="DataException"/> that names file and record.</summary>
internal static class BenchmarkJson
{
    /// <summary>Makes something of every record of a file that is one array, or an object with such a list.</summary>
    /// <param name="path">The file.</param>
    /// <param name="list">The list's key; null where the file is one array.</param>
    /// <param name="make">Is handed a record, and what messages call it.</param>
    internal static List<T> Each<T>(string path, string? list, Func<JsonElement, string, T> make)
    {
        var made = new List<T>();
        using var stream = File.OpenRead(path);
        JsonArrays.Read(stream, path, list is null ? null : $"{{\"{list}\": [{{…}}, …]}}", (found, number, _, json) =>
        {
            if (found == list)
            {
                var where = $"{path}, record {number + 1}";
                made.Add(RecordText.Parse(json, where, record => make(record, where)));
            }
        });
        return made.Count > 0 ? made : throw new DataException(path, $"the file holds no records{(list is null ? "" : $" in a list '{list}'")}", DataFault.Source);
    }

    /// <summary>Makes something of every line of a file with a record a line.</summary>
    internal static List<T> EachLine<T>(string path, Func<JsonElement, string, T> make)
    {
        var made = new List<T>();
        using var stream = File.OpenRead(path);
        TextLines.Read(stream, path, quoted: false, (line, _, text) =>
        {
            var where = $"{path}, line {line}";
            made.Add(RecordText.Parse(text, where, record => make(record, where)));
        });
        return made.Count > 0 ? made : throw new DataException(path, "the file holds no records", DataFault.Source);
    }

    /// <summary>Makes something of every entry of a file that is one object from ids to records.</summary>
    internal static List<T> EachEntry<T>(string path, Func<string, JsonElement, string, T> make)
    {
        var made = new List<T>();
        RecordText.Parse(File.ReadAllBytes(path), path, root =>
        {
            foreach (var entry in (root.ValueKind == JsonValueKind.Object ? root : throw new DataException(path, "expected an object from ids to records", DataFault.Source)).EnumerateObject())
            {
                made.Add(make(entry.Name, entry.Value, $"{path}, \"{entry.Name}\""));
            }

            return true;
        });
        return made.Count > 0 ? made : throw new DataException(path, "the file holds no records", DataFault.Source);
    }

    /// <summary>The text or number of a key.</summary>
    /// <exception cref="DataException">It is absent.</exception>
    internal static string Required(JsonElement record, string key, string where) =>
        RecordText.Name(record, key) ?? throw new DataException(where, $"\"{key}\" is missing, or neither text nor number; every record needs it", DataFault.Record);

    /// <summary>The texts of what people answered: <c>["…"]</c> or <c>[{"answer": "…"}]</c>; none where the key is absent.</summary>
    internal static IReadOnlyList<string> Answers(JsonElement record, string key, string where)
    {
        if (!record.TryGetProperty(key, out var list) || list.ValueKind == JsonValueKind.Null)
        {
            return [];
        }

        return list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(one => one.ValueKind == JsonValueKind.String ? one.GetString()! : Required(one, "answer", where))]
            : throw new DataException(where, $"\"{key}\" is no list; expected what people answered", DataFault.Record);
    }

    /// <summary>The texts of a list.</summary>
    /// <exception cref="DataException">It is absent.</exception>
    internal static string[] Texts(JsonElement record, string key, string where) =>
        RecordText.Texts(record, key) ?? throw new DataException(where, $"\"{key}\" is missing or no list of texts", DataFault.Record);
}
