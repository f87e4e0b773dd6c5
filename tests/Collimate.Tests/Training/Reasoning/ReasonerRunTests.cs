using System.Text.Json;
using Collimate.Data;
using Collimate.Evaluation.Reasoning;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Tests.Cli;
using Collimate.Torch;
using Collimate.Training;
using Collimate.Training.Reasoning;

namespace Collimate.Tests.Training.Reasoning;

public sealed class ReasonerRunTests : IDisposable
{
    private const string Question = "question: { width: 16, least_count: 1 }";
    private const string Small = "width: 16, inner: 16";

    private readonly PuzzleWorld world = new();

    private string Image => $"image: {{ towers: [ {{ path: {world.Tower} }} ], precision: fp32 }}";

    public void Dispose() => world.Dispose();

    [Fact]
    public void Train_WithPictureAndQuestion_SolvesWhatEitherAnswers()
    {
        var folder = world["run"];
        using (var run = Run(world.Recipe($"{{ {Small}, {Image}, {Question} }}"), folder))
        {
            var recorder = new Recorder();
            Assert.Null(run.Train(recorder));
            Assert.Equal(run.Steps, recorder.Steps.Count);
            Assert.All(recorder.Steps, step => Assert.Equal("puzzles", step.SampleName));
            Assert.True(recorder.Steps[^1].Loss < recorder.Steps[0].Loss / 2);
        }

        var report = Json(CommandLine.Run("puzzles", folder, "--data", world.Data, "--json", "--workers", "1"));
        var rows = report.GetProperty("rows").EnumerateArray().ToDictionary(row => row.GetProperty("name").GetString()!);
        Assert.Equal(["little", "majority", "uniform"], rows.Keys);
        Assert.Equal(1, Puzzle(rows["little"], 2));
        Assert.True(Puzzle(rows["little"], 1) > 0.8, $"puzzle 1: {Puzzle(rows["little"], 1)}");
        Assert.True(Puzzle(rows["majority"], 1) < 0.6);
        Assert.True(File.Exists(Path.Combine(folder, "puzzles", "report.html")));
        Assert.Equal(24, report.GetProperty("instances").GetInt32());
    }

    [Fact]
    public void Train_FromTheQuestionAlone_CannotSolveWhatThePictureAnswers()
    {
        var (blind, seeing) = (world["blind"], world["seeing"]);
        foreach (var (folder, reasoner, name) in new[] { (blind, $"{{ {Small}, {Question} }}", "question"), (seeing, $"{{ {Small}, {Image} }}", "picture") })
        {
            using var run = Run(world.Recipe(reasoner, name: name), folder);
            Assert.Null(run.Train(null));
        }

        var rows = Json(CommandLine.Run("puzzles", seeing, blind, "--data", world.Data, "--json", "--workers", "1", "--out", world["page"])).GetProperty("rows").EnumerateArray().ToArray();
        Assert.Equal(["picture", "question", "majority", "uniform"], rows.Select(row => row.GetProperty("name").GetString()));
        Assert.True(Puzzle(rows[0], 1) > Puzzle(rows[1], 1));
        Assert.True(Puzzle(rows[1], 2) > Puzzle(rows[0], 2));
    }

    [Fact]
    public void Resume_OfAnInterruptedRun_EndsWithTheSameWeights()
    {
        var recipe = world.Recipe($"{{ {Small}, qf: real, {Image}, {Question} }}", "steps: 6");
        using (var whole = Run(recipe, world["whole"]))
        {
            Assert.Null(whole.Train(null));
        }

        using (var stop = new CancellationTokenSource())
        using (var first = Run(recipe, world["parts"]))
        {
            Assert.NotNull(first.Train(new Recorder(step => Cancel(stop, step.Step == 3)), stop.Token));
        }

        using (var second = Run(recipe, world["parts"], resume: true))
        {
            var recorder = new Recorder();
            Assert.Null(second.Train(recorder));
            Assert.Equal([4L, 5, 6], recorder.Steps.Select(step => step.Step));
        }

        using var scope = new TensorScope();
        using var one = ReasonerFolder.Load(world["whole"]).Model;
        using var other = ReasonerFolder.Load(world["parts"]).Model;
        Assert.All(one.StateDict().Zip(other.StateDict()), pair => Assert.Equal(pair.First.Value.To(ScalarType.Float32).ToArray<float>(), pair.Second.Value.To(ScalarType.Float32).ToArray<float>()));
    }

    [Fact]
    public void Load_OfAFinishedRun_AnswersAsTheRunDid()
    {
        using var run = Run(world.Recipe($"{{ {Small}, qf: parity, {Image}, {Question} }}", "steps: 4"), world["run"]);
        Assert.Null(run.Train(null));
        Directory.Delete(world.Tower, recursive: true); // the run's folder holds everything
        using var senses = new PuzzleSenses(run.Model, run.Recipe, "");
        var before = PuzzleAnswering.Answer(run.Model, senses, run.Puzzles.Test);

        var (model, recipe) = ReasonerFolder.Load(world["run"]);
        using var owned = model;
        using var again = new PuzzleSenses(model, recipe, "");
        again.Remember(run.Puzzles.Test, 1);
        var after = PuzzleAnswering.Answer(model, again, run.Puzzles.Test);
        Assert.Equal(before.Answers, after.Answers);
        Assert.Equal(before.Loss, after.Loss, 1e-2); // what is remembered is in half precision
    }

    [Fact]
    public void Validation_WithoutGain_EndsTheRunEarlyWithTheBest()
    {
        using var run = Run(world.Recipe($"{{ {Small}, {Question} }}", "steps: 200, learning_rate: 1e-9, warmup_steps: 0, validation: { every: 2, patience: 3 }"), world["run"]);
        var recorder = new Judgements();
        Assert.Null(run.Train(recorder));
        Assert.Equal([2L, 4, 6, 8], recorder.All.Select(one => one.Step));
        Assert.Equal([true, false, false, false], recorder.All.Select(one => one.IsBest));
    }

    [Fact]
    public void FeatureCache_SecondRun_ReadsWhatTheFirstKept()
    {
        var recipe = world.Recipe($"{{ {Small}, {Image} }}", "steps: 2", data: "feature_cache: features");
        float[] Weights(string folder)
        {
            using var run = Run(recipe, world[folder]);
            Assert.Null(run.Train(null));
            return run.Model.Head.Parameters().First().ToArray<float>();
        }

        var first = Weights("one");
        string[] kept = [.. Directory.GetFiles(world["features"], "*", SearchOption.AllDirectories).Order()];
        Assert.NotEmpty(kept);
        Assert.Equal(first, Weights("two"));
        Assert.Equal(kept, Directory.GetFiles(world["features"], "*", SearchOption.AllDirectories).Order()); // nothing was new
    }

    [Fact]
    public void Train_WithTowersThatLearn_MovesThemAndKeepsTheirStatistics()
    {
        var recipe = world.Recipe($"{{ {Small}, image: {{ towers: [ {{ path: {world.Tower} }} ], trains: true, precision: fp32 }} }}", "steps: 2");
        using var scope = new TensorScope();
        using var run = Run(recipe, world["run"]);
        var eyes = run.Model.Eyes!;
        var (weights, statistics) = (eyes.NamedParameters().First().Value, eyes.NamedBuffers().First(buffer => buffer.Name.EndsWith("running_mean", StringComparison.Ordinal)).Value);
        var (before, kept) = (weights.ToArray<float>(), statistics.ToArray<float>());
        Assert.Null(run.Train(null));
        Assert.NotEqual(before, weights.ToArray<float>());
        Assert.Equal(kept, statistics.ToArray<float>());
    }

    [Theory]
    [InlineData("{ }", "epochs: 1", "", "neither image: nor question:")]
    [InlineData("{ qf: real, question: {} }", "epochs: 1", "", "qf: none")]
    [InlineData("{ question: { type: bert } }", "epochs: 1", "", "checkpoint folder")]
    [InlineData("{ question: {} }", "epochs: 1", "skills: [logic]", "no puzzle is left")]
    [InlineData("{ question: {} }", "epochs: 1", "path: nowhere", "no such folder")]
    [InlineData("{ question: { vectors: glove.txt } }", "epochs: 1", "", "no such file")]
    [InlineData("{ question: {} }", "pieces: 20", "", "batch_size, 16")]
    public void Train_WithARecipeThatCannotBe_SaysWhat(string reasoner, string training, string data, string expected)
    {
        var run = CommandLine.Run("train", world.Recipe(reasoner, training, data), "--out", world["run"], "--plan");
        Assert.Equal(2, run.Code);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_WithADamagedPicture_NamesIt()
    {
        File.WriteAllText(Path.Combine(world.Data, "1", "img", "7.png"), "no picture");
        var run = CommandLine.Run("train", world.Recipe($"{{ {Small}, {Image} }}", "steps: 1"), "--out", world["run"]);
        Assert.Equal(2, run.Code);
        Assert.Contains("7.png", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Puzzles_OfAFolderWithoutReasoner_SaysWhatIsMissing()
    {
        var run = CommandLine.Run("puzzles", world.Data, "--data", world.Data);
        Assert.Equal(2, run.Code);
        Assert.Contains("no reasoner is there", run.Error, StringComparison.Ordinal);
    }

    private static void Cancel(CancellationTokenSource stop, bool now)
    {
        if (now)
        {
            stop.Cancel();
        }
    }

    private static ReasonerRun Run(string recipe, string folder, bool resume = false) =>
        new(RecipeDocument.Load(recipe), Path.GetDirectoryName(recipe)!, new RunOptions { Folder = folder, Workers = 2, Resume = resume });

    private static JsonElement Json(CommandLine run)
    {
        Assert.True(run.Code == 0, run.Error);
        return JsonDocument.Parse(run.Output).RootElement.Clone();
    }

    private static double Puzzle(JsonElement row, int puzzle) => row.GetProperty("puzzles").GetProperty($"{puzzle}").GetDouble();

    private sealed class Judgements : ITrainingObserver
    {
        public List<ValidationReport> All { get; } = [];

        public void OnStep(StepReport report)
        {
        }

        public void OnSkippedStep(long step, double gradientNorm)
        {
        }

        public void OnValidation(ValidationReport report) => All.Add(report);
    }
}
