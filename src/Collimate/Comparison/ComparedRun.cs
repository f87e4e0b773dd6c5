using System.Diagnostics;
using System.Globalization;
using Collimate.Data;
using Collimate.Data.Scenes;
using Collimate.Evaluation;
using Collimate.Evaluation.Language;
using Collimate.Inspection;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Torch;
using Collimate.Training;

namespace Collimate.Comparison;

/// <summary>One recipe trained with one seed and then asked: a process of its own, so that its memory can be measured.</summary>
public static class ComparedRun
{
    private const ulong TestSeed = 2026;
    private const int ValidationSamples = 64;
    private const int AlignmentScenes = 64;
    private const int SeedStride = 10007;

    /// <summary>Trains and asks; goes on where an earlier try was interrupted.</summary>
    /// <param name="recipePath">The recipe.</param>
    /// <param name="seed">The seed: of fresh weights, of noise, and of the data's order, which is the same for every recipe of one seed.</param>
    /// <param name="folder">Where the run is written.</param>
    /// <param name="options">What all runs have in common.</param>
    /// <param name="observer">Is told of every step.</param>
    /// <param name="cancellation">Ends the run at the next safe point.</param>
    /// <returns>The result, or null where the run was interrupted.</returns>
    public static RunResult? Run(string recipePath, int seed, string folder, ComparisonOptions options, ITrainingObserver observer, CancellationToken cancellation)
    {
        var document = RecipeDocument.Load(recipePath, [.. options.Changes, .. SeedChanges(recipePath, options.Changes, seed)]);
        using var run = new RecipeRun(document, Path.GetDirectoryName(Path.GetFullPath(recipePath))!, new RunOptions
        {
            Folder = folder, Workers = options.Workers, MaxSteps = options.MaxSteps, SaveEvery = 200, Kept = 1, Resume = true,
        });
        var before = AnswerPerplexity(run.Built);
        var ledger = LossLedger.Open(folder, observer);
        if (run.Train(ledger, cancellation: cancellation) is not null)
        {
            return null;
        }

        // A model without eyes is asked the same questions without pictures.
        var (shown, blank) = run.Built.Processor is null ? (Shown.Nothing, Shown.Nothing) : (Shown.Picture, Shown.BlankPicture);
        var alignment = VisualReader.Obstacle(run.Built) is not null ? null : SceneAlignment.Measure(run.Built, new SceneAlignmentOptions { Scenes = AlignmentScenes, Seed = TestSeed, Shown = 0 }, cancellation: cancellation).Report;
        var compositions = SceneEvaluation.Run(run.Built, SceneSplit.TestCompositions, options.Scenes, shown, TestSeed, cancellation: cancellation);
        var result = new RunResult
        {
            Recipe = run.Recipe.Name,
            Seed = seed,
            Seconds = ledger.Seconds,
            PeakMemory = Process.GetCurrentProcess().PeakWorkingSet64,
            Samples = ledger.Samples,
            Steps = ledger.Losses.Values.Sum(losses => (long)losses.Count),
            ValidationLoss = ValidationLoss(run),
            Accuracy = new SortedDictionary<string, IReadOnlyDictionary<string, double>>
            {
                ["compositions"] = ByKind(compositions),
                ["unseen"] = Ask(run.Built, SceneSplit.TestUnseen, shown, options.Scenes, cancellation),
                ["blank"] = Ask(run.Built, SceneSplit.TestCompositions, blank, options.Scenes, cancellation),
            },
            Hallucination = double.IsFinite(compositions.Hallucination) ? compositions.Hallucination : null,
            Alignment = alignment?.Objects.TopOne,
            AlignmentReport = alignment,
            LanguageBefore = before,
            LanguageAfter = AnswerPerplexity(run.Built),
            Losses = ledger.Losses.ToDictionary(entry => entry.Key, entry => (IReadOnlyList<double>)entry.Value),
        };
        result.Save(Path.Combine(folder, RunResult.FileName));
        return result;
    }

    /// <summary>What a seed changes in a recipe: its own seed, and that of every stage's data which names one.</summary>
    internal static IEnumerable<string> SeedChanges(string recipePath, IReadOnlyList<string> changes, int seed)
    {
        yield return string.Create(CultureInfo.InvariantCulture, $"seed={seed}");
        var recipe = RecipeDocument.Load(recipePath, changes).Bind<Recipe>();
        foreach (var stage in recipe.Stages)
        {
            if (stage.Data is RecipeMap map && map.Find("seed") is { Value: RecipeScalar written } && long.TryParse(written.Text, CultureInfo.InvariantCulture, out var own))
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"stages.{stage.Name}.data.seed={own + ((seed - 1) * SeedStride)}");
            }
        }
    }

    private static Dictionary<string, double> Ask(BuiltModel built, SceneSplit split, Shown shown, int scenes, CancellationToken cancellation) =>
        ByKind(SceneEvaluation.Run(built, split, scenes, shown, TestSeed, cancellation: cancellation));

    private static Dictionary<string, double> ByKind(SceneScores scores) => scores.Kinds.Keys.ToDictionary(kind => $"{kind}", scores.Of);

    // Null for a decoder whose context is too short for a scene in words.
    private static double? AnswerPerplexity(BuiltModel built)
    {
        try
        {
            return new LanguageRetention(new RetentionRecipe { Data = LanguageRetention.Scenes }, "").Measure(built, "").AnswerPerplexity;
        }
        catch (DataException tooLong) when (tooLong.Fault == DataFault.TooLong)
        {
            return null;
        }
    }

    private static double ValidationLoss(RecipeRun run)
    {
        var stage = run.Recipe.Stages[^1];
        var content = run.Built.Processor is null ? SceneContent.Blind : SceneContent.Questions;
        var samples = new SceneSampleSource(new SceneSourceOptions { Split = SceneSplit.Validation, Content = content, Seed = (long)TestSeed, QuestionsPerScene = 8 })
            .Draw(0, ValidationSamples);
        var precision = stage.Precision == Precision.Bf16 ? ScalarType.BFloat16 : (ScalarType?)null;
        return new StageValidation(StageRunner.Batcher(run.Built, stage), samples, null, precision).Score(run.Built.Model).Loss;
    }
}
