using System.Text.Json;
using Collimate.Data;
using Collimate.Evaluation.Metrics.Answers;
using Collimate.Evaluation.Metrics.Captions;

namespace Collimate.Evaluation.Metrics;

/// <summary>Reads what COCO's and VQA's tools read: results, and what people said.</summary>
/// <remarks>
/// Captions: results <c>[{"image_id": 1, "caption": "..."}]</c>, annotations <c>{"annotations": [{"image_id": 1, "caption": "..."}]}</c>; either may also be an object from id to a caption or to a list of them.
/// Answers: results <c>[{"question_id": 1, "answer": "..."}]</c>, annotations <c>{"annotations": [{"question_id": 1, "answers": [{"answer": "..."}]}]}</c>.
/// </remarks>
public static class ScoredFiles
{
    /// <summary>Pairs a model's captions with the people's, in the order of the model's file.</summary>
    /// <param name="results">The file of the model's captions.</param>
    /// <param name="annotations">The file of the people's captions.</param>
    /// <param name="subset">Whether pictures that the model did not caption are left out instead of refused.</param>
    /// <exception cref="DataException">A file is damaged, an id is missing or stands twice, or the two do not fit.</exception>
    public static IReadOnlyList<CaptionPair> Captions(string results, string annotations, bool subset = false)
    {
        var candidates = Single(results, "image_id", "caption");
        var references = Grouped(annotations, "image_id", "caption");
        if (candidates.Keys.FirstOrDefault(id => !references.ContainsKey(id)) is { } stray)
        {
            throw new DataException($"{results}, picture {stray}", $"{annotations} has no caption of this picture; check that both files are of the same split");
        }

        if (!subset && references.Keys.FirstOrDefault(id => !candidates.ContainsKey(id)) is { } absent)
        {
            throw new DataException($"{annotations}, picture {absent}", $"{results} has no caption of it, nor of {references.Keys.Count(id => !candidates.ContainsKey(id)) - 1} others; caption every picture, or score a part of them on purpose (--subset)");
        }

        return [.. candidates.Select(one => new CaptionPair(one.Key, one.Value, references[one.Key]))];
    }

    /// <summary>Reads a model's answers by the id of the question.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataException">The file is damaged, or an id is missing or stands twice.</exception>
    public static IReadOnlyDictionary<string, string> Answers(string path) => Single(path, "question_id", "answer");

    /// <summary>Reads questions and what people answered.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataException">The file is damaged, or an id is missing.</exception>
    public static IReadOnlyList<VqaQuestion> Questions(string path) => Read(path, root => (IReadOnlyList<VqaQuestion>)[.. Annotations(root, path).Select((entry, at) =>
    {
        var where = $"{path}, entry {at + 1}";
        if (!entry.TryGetProperty("answers", out var answers) || answers.ValueKind != JsonValueKind.Array)
        {
            throw new DataException(where, "\"answers\" is missing or is no list; expected what people answered, [{\"answer\": \"...\"}]", DataFault.Record);
        }

        return new VqaQuestion(
            Id(entry, "question_id", where),
            [.. answers.EnumerateArray().Select(answer => answer.ValueKind == JsonValueKind.String ? answer.GetString()! : Text(answer, "answer", where))],
            Optional(entry, "question_type"), Optional(entry, "answer_type"));
    })]);

    private static Dictionary<string, string> Single(string path, string idName, string textName)
    {
        var found = new Dictionary<string, string>();
        foreach (var (id, text) in Entries(path, idName, textName))
        {
            if (!found.TryAdd(id, text))
            {
                throw new DataException($"{path}, {idName} {id}", "this id stands twice; a model gives one text for each", DataFault.Record);
            }
        }

        return found;
    }

    private static Dictionary<string, List<string>> Grouped(string path, string idName, string textName)
    {
        var found = new Dictionary<string, List<string>>();
        foreach (var (id, text) in Entries(path, idName, textName))
        {
            if (!found.TryGetValue(id, out var texts))
            {
                found[id] = texts = [];
            }

            texts.Add(text);
        }

        return found;
    }

    private static IReadOnlyList<(string Id, string Text)> Entries(string path, string idName, string textName) => Read(path, root =>
    {
        var entries = new List<(string Id, string Text)>();
        if (root.ValueKind == JsonValueKind.Object && !root.TryGetProperty("annotations", out _))
        {
            foreach (var property in root.EnumerateObject())
            {
                var where = $"{path}, \"{property.Name}\"";
                IEnumerable<JsonElement> texts = property.Value.ValueKind == JsonValueKind.Array ? property.Value.EnumerateArray() : [property.Value];
                entries.AddRange(texts.Select(text => text.ValueKind == JsonValueKind.String
                    ? (property.Name, text.GetString()!)
                    : throw new DataException(where, $"found {Named(text)}; expected a {textName} or a list of them", DataFault.Record)));
            }

            return entries;
        }

        foreach (var (at, entry) in Annotations(root, path).Index())
        {
            var where = $"{path}, entry {at + 1}";
            entries.Add((Id(entry, idName, where), Text(entry, textName, where)));
        }

        return entries;
    });

    private static IEnumerable<JsonElement> Annotations(JsonElement root, string path)
    {
        var list = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("annotations", out var inner) ? inner : root;
        return list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray()
            : throw new DataException(path, $"found {Named(list)}; expected a list of entries, or an object with a list \"annotations\"", DataFault.Source);
    }

    private static string Id(JsonElement entry, string name, string where) =>
        entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty(name, out var id) && id.ValueKind is JsonValueKind.Number or JsonValueKind.String
            ? id.ValueKind == JsonValueKind.String ? id.GetString()! : id.GetRawText()
            : throw new DataException(where, $"\"{name}\" is missing or is neither a number nor a text; every entry needs one", DataFault.Record);

    private static string Text(JsonElement entry, string name, string where) =>
        entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()!
            : throw new DataException(where, $"\"{name}\" is missing or is no text; give one, if an empty one", DataFault.Record);

    private static string Optional(JsonElement entry, string name) => entry.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "";

    private static string Named(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object", JsonValueKind.Array => "a list", JsonValueKind.String => "a text", JsonValueKind.Number => "a number", JsonValueKind.Null => "null", _ => "true or false",
    };

    private static T Read<T>(string path, Func<JsonElement, T> read)
    {
        try
        {
            using var stream = File.OpenRead(path);
            using var document = JsonDocument.Parse(stream);
            return read(document.RootElement);
        }
        catch (JsonException failure)
        {
            throw new DataException($"{path}, line {failure.LineNumber + 1}: this is no JSON: {failure.Message}; NaN and Infinity, which Python writes, are not allowed either", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: the file cannot be read: {failure.Message}", failure);
        }
        catch (InvalidOperationException failure)
        {
            throw new DataException($"{path}: a text holds half a character (an unpaired surrogate): {failure.Message}", failure);
        }
    }
}
