using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Collimate.Data;
using Collimate.Evaluation;
using Collimate.Torch.Serialization;

namespace Collimate.Comparison;

/// <summary>One question that a run was asked, and what came of it.</summary>
/// <param name="Split">What it was asked about: compositions, unseen or blank.</param>
/// <param name="Scene">The scene's number within the split.</param>
/// <param name="Number">The question's number within the scene, from 0.</param>
/// <param name="Kind">The kind of question.</param>
/// <param name="Question">The question.</param>
/// <param name="Truth">The true answer.</param>
/// <param name="Right">Whether the answer is exactly the true one.</param>
/// <param name="Answer">The answer in words; null where it is wrong and was not written out.</param>
public sealed record RunAnswer(string Split, int Scene, int Number, string Kind, string Question, string Truth, bool Right, string? Answer)
{
    /// <summary>The file's name in a run's folder: a line for every question.</summary>
    public const string FileName = "answers.jsonl";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>What an evaluation came to, question by question.</summary>
    /// <param name="split">What was asked about.</param>
    /// <param name="scores">The evaluation.</param>
    public static IEnumerable<RunAnswer> Of(string split, SceneScores scores) => scores.Verdicts.Select(one => new RunAnswer(
        split, one.Scene, one.Number, $"{one.Question.Kind}", one.Question.Text, one.Question.Answer, one.IsRight, one.IsRight ? one.Question.Answer : null));

    /// <summary>Writes a run's answers; the file appears whole.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="answers">The answers.</param>
    public static void Save(string folder, IEnumerable<RunAnswer> answers) => WholeFile.Write(
        Path.Combine(folder, FileName), Encoding.UTF8.GetBytes(string.Concat(answers.Select(answer => JsonSerializer.Serialize(answer, Json) + "\n"))));

    /// <summary>Reads a run's answers; none where an older version kept none.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <exception cref="DataException">A line is no answer.</exception>
    public static IReadOnlyList<RunAnswer> Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return File.Exists(path) ? [.. File.ReadLines(path).Select((line, at) => Parse(line, path, at + 1))] : [];
    }

    private static RunAnswer Parse(string line, string path, int number)
    {
        try
        {
            return JsonSerializer.Deserialize<RunAnswer>(line, Json) is { Split: not null, Question: not null, Truth: not null, Kind: not null } answer ? answer : throw new JsonException("split, kind, question or truth is missing");
        }
        catch (JsonException damage)
        {
            throw new DataException($"{path}, line {number}", $"this is no answer of a run ({damage.Message}); delete the file, and compare asks the model again", DataFault.Record);
        }
    }
}
