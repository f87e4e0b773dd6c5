using System.Text.Json;
using Collimate.Comparison;
using Collimate.Evaluation.Statistics;
using Collimate.Tests.Cli;
using Collimate.Tests.Evaluation;
using Collimate.Tests.Tokenization;
using Collimate.Training;

namespace Collimate.Tests.Comparison;

public sealed class ComparisonTests
{
    private const string Recipe = """
        name: one
        seed: 5
        model:
          connector: identity
          language: { type: fresh, hidden_size: 16, layers: 1, heads: 2, key_value_heads: 1, intermediate_size: 32, context_length: 160, vocabulary_size: 1024 }
        stages:
          - name: text
            learning_rates: { language: 1e-2 }
            data: { type: scenes, content: blind, questions_per_scene: 2, seed: 30 }
            steps: 3
            batch_size: 4
            precision: fp32
        """;

    [Fact]
    public void SeedChanges_RecipeAndData_MoveTogether()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "one.yaml");
        File.WriteAllText(path, Recipe);
        Assert.Equal(["seed=1", "stages.text.data.seed=30"], ComparedRun.SeedChanges(path, [], 1));
        Assert.Equal(["seed=3", "stages.text.data.seed=20044"], ComparedRun.SeedChanges(path, [], 3));
    }

    [Fact]
    public void Of_TwoRecipes_PairsThemBySeed()
    {
        var table = ComparisonTable.Of([[Result("a", 1, 0.5), Result("a", 2, 0.7)], [Result("b", 1, 0.6), Result("b", 2, 0.8)]]);
        Assert.Null(table.Rows[0].Gain);
        Assert.Equal(0.1, table.Rows[1].Gain!.Value.Mean, 1e-12);
        Assert.Equal(0, table.Rows[1].Gain!.Value.Deviation, 1e-9);
        Assert.Equal(0.6, table.Rows[0].Over(run => run.Mean("compositions")).Mean, 1e-12);
        Assert.Equal(0.1 * Math.Sqrt(2), table.Rows[0].Over(run => run.Mean("compositions")).Deviation, 1e-12);
    }

    [Fact]
    public void Ledger_StepDoneTwice_CountsOnce()
    {
        using var folder = new TemporaryFolder();
        static StepReport Step(long step, double loss) => new("s", step, 9, loss, 1, 1, 4, 10, default, TimeSpan.FromSeconds(1), default);
        var first = LossLedger.Open(folder.Path, new Training.Recorder());
        first.OnStep(Step(1, 5));
        first.OnStep(Step(2, 4));
        File.AppendAllText(Path.Combine(folder.Path, "steps.jsonl"), "{\"Stage\":\"s\",\"St");

        var second = LossLedger.Open(folder.Path, new Training.Recorder());
        Assert.Equal([5.0, 4.0], second.Losses["s"]);
        second.OnStep(Step(2, 3));
        Assert.Equal([5.0, 3.0], second.Losses["s"]);
        Assert.Equal((8L, 3.0), (second.Samples, second.Seconds));
    }

    [Fact]
    public void Compare_TwoRecipesTwoSeeds_WritesATableAndIsNotDoneAgain()
    {
        using var folder = new TemporaryFolder();
        var (one, two, output) = (Path.Combine(folder.Path, "one.yaml"), Path.Combine(folder.Path, "two.yaml"), Path.Combine(folder.Path, "out"));
        File.WriteAllText(one, Recipe);
        File.WriteAllText(two, "base: one.yaml\nname: two\nstages:\n  - name: text\n    learning_rates: { language: 1e-3 }\n");

        string[] arguments = ["compare", one, two, "--seeds", "2", "--scenes", "8", "--workers", "1", "--out", output];
        var run = CommandLine.Run(arguments);
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("two", run.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(output, "compare.html")));
        var result = RunResult.Load(Path.Combine(output, "two", "seed-2", RunResult.FileName));
        Assert.InRange(result.Hallucination!.Value, 0, 1);
        Assert.Equal((2, 12L, 3L), (result.Seed, result.Samples, result.Steps));
        Assert.True(result.ValidationLoss > 0 && result.PeakMemory > 0 && result.Seconds > 0);

        Assert.Contains("halluc.", run.Output, StringComparison.Ordinal);
        Assert.Null(result.AlignmentReport); // a model without eyes
        var table = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "compare.json"))).RootElement;
        Assert.Equal(["one", "two"], table.GetProperty("rows").EnumerateArray().Select(row => row.GetProperty("name").GetString()));

        var stamp = File.GetLastWriteTimeUtc(Path.Combine(output, "two", "seed-2", RunResult.FileName));
        Assert.Equal(0, CommandLine.Run(arguments).Code);
        Assert.Equal(stamp, File.GetLastWriteTimeUtc(Path.Combine(output, "two", "seed-2", RunResult.FileName)));
    }

    [Fact]
    public void Aligned_RunsWithAndWithoutAReport_HaveASpreadOrNone()
    {
        using var folder = new TemporaryFolder();
        var runs = new[] { 2.0, 4.0 }.Select((rank, at) => Result("a", at + 1, 0.5) with { Alignment = 0.25, AlignmentReport = AlignmentSamples.Report(rank) }).ToArray();
        var row = ComparisonTable.Of([runs, [Result("b", 1, 0.5)]]).Rows;

        Assert.Equal(new Spread(3, Math.Sqrt(2), 2), row[0].Aligned(ranks => ranks.MeanRank));
        Assert.True(double.IsNaN(row[1].Aligned(ranks => ranks.MeanRank).Mean));
        runs[0].Save(folder["result.json"]);
        var again = RunResult.Load(folder["result.json"]).AlignmentReport!;
        Assert.Equal(runs[0].AlignmentReport!.Objects, again.Objects);
        Assert.Equal(runs[0].AlignmentReport!.Groups, again.Groups);
        Assert.Equal(runs[0].AlignmentReport!.Embeddings, again.Embeddings);
        Assert.Equal(runs[0].AlignmentReport!.Use.Frequent, again.Use.Frequent);
    }

    private static RunResult Result(string recipe, int seed, double accuracy) => new()
    {
        Recipe = recipe, Seed = seed, Seconds = 1, PeakMemory = 1, Samples = 1, Steps = 1, ValidationLoss = 1,
        Accuracy = new Dictionary<string, IReadOnlyDictionary<string, double>> { ["compositions"] = new Dictionary<string, double> { ["k"] = accuracy } },
        Losses = new Dictionary<string, IReadOnlyList<double>>(),
    };
}
