using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Collimate.Data;
using Collimate.Torch.Serialization;

namespace Collimate.Evaluation.Benchmarks.Runs;

/// <summary>Writes a run's answers in the form that a benchmark's own tool or server takes.</summary>
internal static class ResultFile
{
    /// <summary>The file's name in a run's folder.</summary>
    internal const string FileName = "results.json";

    /// <summary>Writes the file.</summary>
    /// <param name="form">Which form.</param>
    /// <param name="path">The file.</param>
    /// <param name="samples">The answers.</param>
    /// <exception cref="DataException">There is no such form.</exception>
    internal static void Write(string form, string path, IReadOnlyList<SampleRecord> samples)
    {
        JsonNode results = form switch
        {
            "vqa" => List(samples, sample => new JsonObject { ["question_id"] = Id(sample.Id), ["answer"] = sample.Parsed }),
            "viz_wiz" => List(samples, sample => new JsonObject { ["image"] = sample.Id, ["answer"] = sample.Parsed }),
            "gqa" => List(samples, sample => new JsonObject { ["questionId"] = sample.Id, ["prediction"] = sample.Parsed }),
            "captions" => List(samples, sample => new JsonObject { ["image_id"] = Id(sample.Id), ["caption"] = sample.Parsed }),
            "mm_vet" => new JsonObject(samples.Select(sample => KeyValuePair.Create(sample.Id, (JsonNode?)sample.Parsed))),
            _ => throw new DataException("the definition", $"export: there is no form '{form}'; expected vqa, viz_wiz, gqa, captions or mm_vet"),
        };
        WholeFile.Write(path, Encoding.UTF8.GetBytes(results.ToJsonString(RunJson.Report) + "\n"));
    }

    private static JsonArray List(IReadOnlyList<SampleRecord> samples, Func<SampleRecord, JsonObject> make) => new([.. samples.Select(make)]);

    // The tools compare numbers with numbers.
    private static JsonNode Id(string id) => long.TryParse(id, out var number) && $"{number}" == id ? JsonValue.Create(number) : JsonValue.Create(id);
}
