using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Collimate.Data;

namespace Collimate.Evaluation.Benchmarks.Runs;

/// <summary>What a judge thought of answers, kept beside the samples in <c>grades.jsonl</c>, so that nothing is asked twice.</summary>
internal sealed class Grades
{
    /// <summary>The file's name in a run's folder.</summary>
    internal const string FileName = "grades.jsonl";

    private readonly Dictionary<string, Grade> known = [];
    private readonly string path;

    private Grades(string path) => this.path = path;

    /// <summary>Reads a run's grades.</summary>
    /// <exception cref="DataException">A whole line is damaged.</exception>
    internal static Grades Load(string folder)
    {
        var grades = new Grades(Path.Combine(folder, FileName));
        if (File.Exists(grades.path))
        {
            var text = File.ReadAllText(grades.path);
            foreach (var (number, line) in text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Index())
            {
                var where = $"{grades.path}, line {number + 1}";
                try
                {
                    var grade = JsonSerializer.Deserialize<Grade>(line, RunJson.Line)!;
                    grades.known[grade.Key] = grade.Score is >= 0 and <= 1 ? grade : throw new DataException(where, $"the score is {grade.Score}; expected 0 to 1", DataFault.Record);
                }
                catch (JsonException failure)
                {
                    throw new DataException(where, $"this is no grade: {failure.Message}", DataFault.Record);
                }
            }

            if (!text.EndsWith('\n') && text.Length > 0)
            {
                File.WriteAllText(grades.path, text[..(text.LastIndexOf('\n') + 1)]); // a torn line
            }
        }

        return grades;
    }

    /// <summary>What was thought of an answer; null where nobody was asked.</summary>
    internal double? Of(SampleRecord sample) => known.TryGetValue(Key(sample), out var grade) ? grade.Score : null;

    /// <summary>Keeps a grade.</summary>
    internal void Add(SampleRecord sample, double score, string judge, string reply)
    {
        var grade = new Grade { Key = Key(sample), Id = sample.Id, Score = score, Judge = judge, Reply = reply };
        known[grade.Key] = grade;
        File.AppendAllText(path, JsonSerializer.Serialize(grade, RunJson.Line) + "\n");
    }

    // A grade is of a question, what would be right, and an answer.
    private static string Key(SampleRecord sample) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', [sample.Id, sample.Prompt, .. sample.Truth.Answers, sample.Raw]))));
}

/// <summary>A line of the file of grades.</summary>
internal sealed record Grade
{
    /// <summary>What is graded: the SHA-256 of question, right answer and answer.</summary>
    public required string Key { get; init; }

    /// <summary>The question's id.</summary>
    public required string Id { get; init; }

    /// <summary>0 to 1.</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.Never)]
    public required double Score { get; init; }

    /// <summary>The judge and the version of its prompt.</summary>
    public required string Judge { get; init; }

    /// <summary>What it wrote.</summary>
    public required string Reply { get; init; }
}
