using System.Text.Json;
using System.Text.Json.Serialization;
using Collimate.Data.Scenes;
using Collimate.Evaluation;
using Collimate.Torch.Serialization;

namespace Collimate.Comparison;

/// <summary>What one recipe came to with one seed.</summary>
public sealed record RunResult
{
    /// <summary>The file's name in a run's folder.</summary>
    public const string FileName = "result.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>The recipe's name.</summary>
    public required string Recipe { get; init; }

    /// <summary>The seed.</summary>
    public required int Seed { get; init; }

    /// <summary>Seconds of training.</summary>
    public required double Seconds { get; init; }

    /// <summary>The most memory that the process had in use, in bytes.</summary>
    public required long PeakMemory { get; init; }

    /// <summary>Samples that were trained on.</summary>
    public required long Samples { get; init; }

    /// <summary>Optimizer steps.</summary>
    public required long Steps { get; init; }

    /// <summary>The mean loss of an answer token on questions about scenes kept for validation.</summary>
    public required double ValidationLoss { get; init; }

    /// <summary>Right answers by split and kind of question, 0 to 1.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> Accuracy { get; init; }

    /// <summary>The share of object patches whose nearest word is right, 0 to 1; null for a model without eyes.</summary>
    public double? Alignment { get; init; }

    /// <summary>What else was measured of the alignment; null for a model without eyes, and in results of an older version.</summary>
    public AlignmentReport? AlignmentReport { get; init; }

    /// <summary>The perplexity of answers about scenes told in words, before training: how the decoder spoke.</summary>
    public double? LanguageBefore { get; init; }

    /// <summary>The same after training.</summary>
    public double? LanguageAfter { get; init; }

    /// <summary>The loss of every step, by stage.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<double>> Losses { get; init; }

    /// <summary>The mean over the kinds of a split, each weighing the same.</summary>
    public double Mean(string split) => Accuracy[split].Values.Average();

    /// <summary>The mean over a split's kinds of one group; NaN where none was asked.</summary>
    public double Mean(string split, QuestionGroup group) => Accuracy[split]
        .Where(kind => Enum.TryParse<QuestionKind>(kind.Key, out var known) && QuestionGroups.Of(known) == group).Select(kind => kind.Value).DefaultIfEmpty(double.NaN).Average();

    /// <summary>Reads a result.</summary>
    /// <exception cref="JsonException">The file is no result.</exception>
    public static RunResult Load(string path) => JsonSerializer.Deserialize<RunResult>(File.ReadAllBytes(path), Json) ?? throw new JsonException($"{path} is empty");

    /// <summary>Writes the result; the file appears whole.</summary>
    public void Save(string path) => WholeFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(this, Json));
}
