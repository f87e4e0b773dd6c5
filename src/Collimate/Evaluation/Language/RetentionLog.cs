using System.Text.Json;
using System.Text.Json.Serialization;
using Collimate.Torch.Serialization;

namespace Collimate.Evaluation.Language;

/// <summary>How a decoder spoke before a run and after each of its stages: <c>retention.json</c> in the run's folder.</summary>
public static class RetentionLog
{
    /// <summary>The file's name in a run's folder.</summary>
    public const string FileName = "retention.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, IgnoreReadOnlyProperties = true,
    };

    /// <summary>The scores of a run so far; none where the file is not there.</summary>
    public static IReadOnlyList<RetentionScore> Read(string folder) =>
        Path.Combine(folder, FileName) is var path && File.Exists(path) ? JsonSerializer.Deserialize<RetentionScore[]>(File.ReadAllBytes(path), Json) ?? [] : [];

    /// <summary>Keeps a score; one of the same moment is replaced, and a new start begins anew.</summary>
    public static void Add(string folder, RetentionScore score)
    {
        var kept = score.After == RetentionScore.Start ? [] : Read(folder).Where(one => one.After != score.After);
        WholeFile.Write(Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(kept.Append(score), Json));
    }
}
