using System.Globalization;
using Collimate.Data;
using Collimate.Data.Scenes;
using Collimate.Evaluation;
using Collimate.Evaluation.Language;
using Collimate.Inspection;
using Collimate.Planning;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Torch;
using Collimate.Training;

namespace Collimate.Comparison;

/// <summary>One recipe trained with one seed and then asked: a process of its own, so that its memory can be measured.</summary>
public static class ComparedRun
{
    /// <summary>Which scenes every model is asked about.</summary>
    internal const ulong TestSeed = 2026;

    /// <summary>How many scenes alignment is measured on.</summary>
    internal const int AlignmentScenes = 64;

    private const int ValidationSamples = 64;
    private const int CurveScenes = 32;
    private const int SeedStride = 10007;

    /// <summary>Trains and asks; goes on where an earlier try was interrupted, and asks again where an older version kept no answers.</summary>
    /// <param name="recipePath">The recipe.</param>
    /// <param name="seed">The seed: of fresh weights, of noise, and of the data's order, which is the same for every recipe of one seed.</param>
    /// <param name="folder">Where the run is written.</param>
    /// <param name="options">What all runs have in common.</param>
    /// <param name="observer">Is told of every step.</param>
    /// <param name="cancellation">Ends the run at the next safe point.</param>
    /// <returns>The result, or null where the run was interrupted.</returns>
    /// <exception cref="DataException">The folder holds a run of an older version that was asked something else.</exception>
    public static RunResult? Run(string recipePath, int seed, string folder, ComparisonOptions options, ITrainingObserver observer, CancellationToken cancellation)
    {
        if (File.Exists(Path.Combine(folder, RunResult.FileName)))
        {
            return OlderRun.Complete(folder, options, cancellation);
        }

        var document = RecipeDocument.Load(recipePath, [.. options.Changes, .. Changes(recipePath, seed, folder, options)]);
        using var run = new RecipeRun(document, Path.GetDirectoryName(Path.GetFullPath(recipePath))!, new RunOptions
        {
            Folder = folder, Workers = options.Workers, MaxSteps = options.MaxSteps, SaveEvery = 200, Kept = 1, Resume = true,
        });
        var language = new LanguageRetention(new RetentionRecipe { Data = LanguageRetention.Scenes }, "");
        var before = AnswerPerplexity(language, run.Built);
        var ledger = LossLedger.Open(folder, observer, () => ValidationAccuracy(run.Built, cancellation), () => run.Built.Model.Parameters().Where(parameter => parameter.RequiresGrad).Sum(parameter => parameter.ElementCount));
        if (run.Train(ledger, cancellation: cancellation) is not null)
        {
            return null;
        }

        var peak = MachineMemory.PeakResident;
        var alignment = VisualReader.Obstacle(run.Built) is not null ? null : SceneAlignment.Measure(run.Built, new SceneAlignmentOptions { Scenes = AlignmentScenes, Seed = TestSeed, Shown = 0 }, cancellation: cancellation).Report;
        var asked = AskedScenes.Ask(run.Built, options.Scenes, cancellation);
        var result = new RunResult
        {
            Recipe = run.Recipe.Name,
            Seed = seed,
            Seconds = ledger.Seconds,
            PeakMemory = peak,
            Samples = ledger.Samples,
            Steps = ledger.Losses.Values.Sum(losses => (long)losses.Count),
            ValidationLoss = ValidationLoss(run),
            Accuracy = asked.Accuracy,
            Hallucination = asked.Hallucination,
            Alignment = alignment?.Objects.TopOne,
            AlignmentReport = alignment,
            LanguageBefore = before,
            LanguageAfter = AnswerPerplexity(language, run.Built),
            Losses = ledger.Losses.ToDictionary(entry => entry.Key, entry => (IReadOnlyList<double>)entry.Value),
            Settings = RunSettings.Of(recipePath, options),
            ProcessorPerStep = ledger.ProcessorPerStep,
            Parameters = run.Built.Model.Parameters().Sum(parameter => parameter.ElementCount),
            Learning = ledger.Learning,
            Curves = ledger.Curves,
        };
        asked.Save(run.Built, folder, cancellation);
        result.Save(Path.Combine(folder, RunResult.FileName));
        return result;
    }

    /// <summary>Whether a folder holds a finished run with all that a comparison lays side by side.</summary>
    /// <param name="folder">The run's folder.</param>
    public static bool IsComplete(string folder) =>
        File.Exists(Path.Combine(folder, RunResult.FileName)) && File.Exists(Path.Combine(folder, RunAnswer.FileName)) && File.Exists(Path.Combine(folder, RunLook.FileName));

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

    // The budget of a recipe lies beside the folders of its seeds.
    private static IEnumerable<string> Changes(string recipePath, int seed, string folder, ComparisonOptions options)
    {
        var budget = options.TimeBudget is null ? null : TimeBudget.Load(Path.GetDirectoryName(Path.GetFullPath(folder))!);
        return [.. budget?.Changes(RecipeDocument.Load(recipePath, options.Changes).Bind<Recipe>()) ?? [], .. SeedChanges(recipePath, options.Changes, seed)];
    }

    // Null for a decoder whose context is too short for a scene in words.
    private static double? AnswerPerplexity(LanguageRetention language, BuiltModel built)
    {
        try
        {
            return language.Measure(built, "").AnswerPerplexity;
        }
        catch (DataException tooLong) when (tooLong.Fault == DataFault.TooLong)
        {
            return null;
        }
    }

    private static double ValidationAccuracy(BuiltModel built, CancellationToken cancellation)
    {
        var wasTraining = built.Model.IsTraining;
        try
        {
            return SceneEvaluation.Run(built, SceneSplit.Validation, CurveScenes, AskedScenes.ShownTo(built), TestSeed, cancellation: cancellation).Mean;
        }
        catch (OperationCanceledException)
        {
            return double.NaN; // the step was done; the run ends behind it
        }
        finally
        {
            built.Model.SetTraining(wasTraining);
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
