using Collimate.Planning;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Torch;
using Collimate.Training;

namespace Collimate.Tests.Planning;

/// <summary>Plans of a tiny recipe: what they count, what they choose, and that the model is as it was.</summary>
public sealed class RecipePlanTests : IDisposable
{
    private const string Recipe = """
        name: tiny
        model:
          connector: identity
          language: { type: fresh, hidden_size: 32, layers: 2, heads: 2, key_value_heads: 1, intermediate_size: 64, context_length: 96, vocabulary_size: 1024 }
        stages:
          - name: only
            learning_rates: { language: 1e-2 }
            data: { type: scenes, content: blind, questions_per_scene: 3 }
            steps: 3
            batch_size: 16
            pieces: 4
            precision: fp32
        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Plan_Stage_CountsWhatLearnsAndWhatItTakes()
    {
        using var run = Open(Recipe);
        var stage = Assert.Single(run.Plan().Stages);
        var parameters = run.Built.Model.ParameterCount;

        Assert.Equal([new PartParameters("language", parameters, 0)], stage.Parts);
        Assert.Equal((3, 16, 4, 4), (stage.Steps, stage.BatchSize, stage.Pieces, stage.MicroBatch));
        Assert.Null(stage.Epochs);
        Assert.Equal((4 * parameters, 4 * parameters, 8 * parameters), (stage.Memory.Weights, stage.Memory.Gradients, stage.Memory.OptimizerState));
        Assert.True(stage.Fits);
        Assert.True(stage.Time!.Seconds > 0 && stage.FlopsPerStep > 0);
        Assert.InRange(stage.RecomputedActivations, 1, stage.KeptActivations - 1);
        Assert.Equal(stage.Memory.Total, stage.Memory.Program + stage.Memory.Weights + stage.Memory.Gradients + stage.Memory.OptimizerState + stage.Memory.Activations + stage.Memory.Pictures);
    }

    [Fact]
    public void Plan_EightBitOptimizer_StateIsWhatTheOptimizerMakes()
    {
        using var run = Open(Recipe + "\n    optimizer: adamw_8bit");
        var foretold = run.Plan().Stages[0].Memory.OptimizerState;
        var (groups, names) = StageParameters.Of(run.Built, run.Recipe.Stages[0]);
        using var optimizer = StageOptimizer.Create(run.Recipe.Stages[0], groups);
        using var scope = new TensorScope();

        // The state's two counts of steps are no moments.
        var made = optimizer.StateDict(names).Where(entry => entry.Key is not ("step" or "steps")).Sum(entry => entry.Value.ElementCount * entry.Value.Type.Size());
        Assert.Equal(made, foretold);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Line_TwoSizes_ForetellTheCountedPeakOfALargerOne(bool recomputes)
    {
        using var run = Open(Recipe);
        var stage = run.Recipe.Stages[0];
        var surroundings = new StageSurroundings(run.Built, () => throw new InvalidOperationException("one worker needs no second model"), run.Recipe, folder.Path);
        var (groups, _) = StageParameters.Of(run.Built, stage);
        var (_, longest) = RowLengths.Of(StageRunner.Source(surroundings, stage), StageRunner.Batcher(run.Built, stage), stage.BatchSize);
        var measured = new PieceMeasurement(surroundings, stage, groups, longest);

        var line = measured.Line(4, 16, recomputes);
        var larger = measured.Measure(16, recomputes);

        Assert.Equal((4, 8), (line.Small.Rows, line.Large.Rows));
        Assert.InRange((double)line.FirstPeak(16) / larger.FirstPeak, 0.85, 1.15);
        Assert.InRange((double)line.LaterPeak(16) / larger.LaterPeak, 0.85, 1.15);
    }

    [Fact]
    public void Plan_SmallerBounds_ChooseSmallerPiecesAndSayWhatHelps()
    {
        using var run = Open(Recipe.Replace("pieces: 4", "micro_batch: auto", StringComparison.Ordinal));
        var roomy = run.Plan().Stages[0];
        var surroundings = new StageSurroundings(run.Built, () => throw new InvalidOperationException("nothing is timed"), run.Recipe, folder.Path);
        StagePlan Within(long bytes) => new StagePlanner(surroundings, new PlanTerms(bytes, "a test")).Plan(run.Recipe.Stages[0], measuresTime: false);

        var tight = Within(roomy.Memory.Total - (8 * roomy.BytesPerRow));
        Assert.Equal((16, 1), (roomy.MicroBatch, roomy.Pieces));
        Assert.InRange(tight.LargestMicroBatch, 1, 15);
        Assert.True(tight.Fits);

        var none = Within(1 << 20);
        Assert.Equal((0, false), (none.LargestMicroBatch, none.Fits));
        Assert.Contains(none.Advice, advice => advice.Change.Contains("recompute: true", StringComparison.Ordinal));
        Assert.Contains(none.Advice, advice => advice.Change.Contains("adamw_8bit", StringComparison.Ordinal));
        Assert.All(none.Advice, advice => Assert.False(advice.Fits));
    }

    [Fact]
    public void Train_AfterAPlan_GivesTheSameWeights()
    {
        var without = Train("without", Recipe, plans: false);
        Assert.Equal(without, Train("with", Recipe, plans: true));
    }

    [Fact]
    public void Train_MicroBatchLeftToBeFound_TrainsAsIfItHadBeenWritten()
    {
        var auto = Train("auto", Recipe.Replace("pieces: 4", "micro_batch: auto", StringComparison.Ordinal), plans: false);
        Assert.Equal("{\"only\":16}", File.ReadAllText(Path.Combine(folder["auto"], "micro_batch.json")));
        Assert.Equal(Train("written", Recipe.Replace("pieces: 4", "micro_batch: 16", StringComparison.Ordinal), plans: false), auto);

        // What was found at first holds when the run goes on.
        Directory.CreateDirectory(folder["again"]);
        File.WriteAllText(Path.Combine(folder["again"], "micro_batch.json"), "{\"only\":3}");
        var again = Train("again", Recipe.Replace("pieces: 4", "micro_batch: auto", StringComparison.Ordinal), plans: false, resume: true);
        Assert.Equal(Train("three", Recipe.Replace("pieces: 4", "micro_batch: 3", StringComparison.Ordinal), plans: false), again);
        Assert.NotEqual(auto, again);
    }

    [Fact]
    public void Train_NotEvenOneSampleFits_SaysWhatItWouldTake()
    {
        using var run = new RecipeRun(
            RecipeDocument.Parse(Recipe.Replace("pieces: 4", "micro_batch: auto", StringComparison.Ordinal)), folder.Path, new RunOptions { Folder = folder["small"], Workers = 1, Memory = 1 << 20 });
        var message = Assert.Throws<RunException>(() => run.Train(null)).Message;
        Assert.StartsWith("stage 'only' leaves its micro-batch to be found, but with one sample at a time it takes", message, StringComparison.Ordinal);
        Assert.Contains("more than 1.0 MiB (--memory)", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("micro_batch: 0")]
    [InlineData("micro_batch: some")]
    [InlineData("micro_batch: 'auto'")]
    public void Recipe_MicroBatchThatIsNone_NamesWhatIsExpected(string line)
    {
        var failure = Assert.Throws<RecipeException>(() => RecipeDocument.Parse(Recipe.Replace("pieces: 4", line, StringComparison.Ordinal)).Bind<Collimate.Recipes.Schema.Recipe>());
        Assert.Contains("expected a whole number from 1, or auto", failure.Message, StringComparison.Ordinal);
    }

    private byte[] Train(string name, string recipe, bool plans, bool resume = false)
    {
        using var run = new RecipeRun(RecipeDocument.Parse(recipe), folder.Path, new RunOptions { Folder = folder[name], Workers = 1, Resume = resume });
        if (plans)
        {
            run.Plan();
        }

        Assert.Null(run.Train(null));
        return File.ReadAllBytes(Path.Combine(folder[name], "model", "model.safetensors"));
    }

    private RecipeRun Open(string recipe) => new(RecipeDocument.Parse(recipe), folder.Path, new RunOptions { Folder = folder["run"], Workers = 1 });
}
