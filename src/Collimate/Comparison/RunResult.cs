using System.Text.Json;
using System.Text.Json.Serialization;
using Collimate.Data;
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

    /// <summary>The share of questions about absent objects in held-out compositions that are answered as if they were there, 0 to 1; null in results of an older version.</summary>
    public double? Hallucination { get; init; }

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

    /// <summary>What decided the figures besides the seed; null in results of an older version.</summary>
    public RunSettings? Settings { get; init; }

    /// <summary>Mean seconds of processor time of a training step; null in results of an older version.</summary>
    public double? ProcessorPerStep { get; init; }

    /// <summary>How many parameters the model has; null in results of an older version.</summary>
    public long? Parameters { get; init; }

    /// <summary>How many parameters each stage trained; empty in results of an older version.</summary>
    public IReadOnlyDictionary<string, long> Learning { get; init; } = new Dictionary<string, long>();

    /// <summary>The accuracy on scenes kept for validation during each stage, the mean over the kinds; empty in results of an older version.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<CurvePoint>> Curves { get; init; } = new Dictionary<string, IReadOnlyList<CurvePoint>>();

    /// <summary>The mean over the kinds of a split, each weighing the same.</summary>
    public double Mean(string split) => Accuracy[split].Values.Average();

    /// <summary>The mean over a split's kinds of one group; NaN where none was asked.</summary>
    public double Mean(string split, QuestionGroup group) => Accuracy[split]
        .Where(kind => Enum.TryParse<QuestionKind>(kind.Key, out var known) && QuestionGroups.Of(known) == group).Select(kind => kind.Value).DefaultIfEmpty(double.NaN).Average();

    /// <summary>Reads a result, of this version or an older one.</summary>
    /// <exception cref="DataException">The file is no result.</exception>
    public static RunResult Load(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<RunResult>(File.ReadAllBytes(path), Json) is { Accuracy.Count: > 0, Losses: not null } result && result.Accuracy.ContainsKey("compositions")
                ? result
                : throw new JsonException("the accuracy on held-out compositions is missing");
        }
        catch (JsonException damage)
        {
            throw new DataException(path, $"this is no result of a compared run ({damage.Message}); delete the folder {Path.GetDirectoryName(path)} to train it again", DataFault.Source);
        }
    }

    /// <summary>Writes the result; the file appears whole.</summary>
    public void Save(string path) => WholeFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(this, Json));
}

/// <summary>A point of a learning curve.</summary>
/// <param name="Step">After how many steps of the stage.</param>
/// <param name="Accuracy">The accuracy, 0 to 1.</param>
public sealed record CurvePoint(long Step, double Accuracy);
