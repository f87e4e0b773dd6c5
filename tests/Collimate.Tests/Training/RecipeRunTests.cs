using Collimate.Recipes;
using Collimate.Tests.Tokenization;
using Collimate.Torch.Serialization;
using Collimate.Training;

namespace Collimate.Tests.Training;

/// <summary>Whole runs of a tiny recipe: checkpoints, damage, validation, interruption.</summary>
public sealed class RecipeRunTests : IDisposable
{
    private const string Recipe = """
        name: tiny
        model:
          connector: identity
          language: { type: fresh, hidden_size: 16, layers: 1, heads: 2, key_value_heads: 1, intermediate_size: 32, context_length: 64, vocabulary_size: 1024 }
        stages:
          - name: first
            learning_rates: { language: 1e-2 }
            data: { type: scenes, content: blind, questions_per_scene: 2 }
            steps: 4
            batch_size: 4
            pieces: 4
            precision: fp32
          - name: second
            learning_rates: { language: 1e-2 }
            data: { type: scenes, content: blind, questions_per_scene: 2, seed: 9 }
            steps: 6
            batch_size: 6
            micro_batch: 2
            precision: fp32
            validation: { data: { type: scenes, content: blind, split: validation, questions_per_scene: 2 }, samples: 6, every: 2 }
        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Train_InterruptedAgainAndAgain_EndsWithTheSameWeights()
    {
        var whole = Train("whole");
        string? stopped;
        var (interruptions, after) = (0, 1);
        do
        {
            // Each run ends a step later in its life than the one before, at a piece or at a step's end.
            using var cancel = new CancellationTokenSource();
            var (seen, limit) = (0, after);
            using var run = Open("parts", resume: interruptions > 0, saveEvery: 1);
            stopped = run.Train(new Recorder(_ => { if (++seen == limit) { cancel.Cancel(); } }), cancellation: cancel.Token);
            interruptions++;
            after = 1 + (interruptions % 2);
        }
        while (stopped is not null && interruptions < 30);

        Assert.True(interruptions >= 5, $"{interruptions}");
        Assert.Equal(whole, Weights("parts"));
    }

    [Fact]
    public void Restore_DamagedNewest_IsPassedOverWithAWarning()
    {
        var whole = Train("whole");
        using (var cancel = new CancellationTokenSource())
        using (var run = Open("parts", resume: false, saveEvery: 1))
        {
            var seen = 0;
            Assert.NotNull(run.Train(new Recorder(_ => { if (++seen == 7) { cancel.Cancel(); } }), cancellation: cancel.Token));
        }

        var all = RunCheckpoint.FoldersOf(Path.Combine(folder.Path, "parts"));
        Assert.Equal(2, all.Count);
        Flip(Path.Combine(all[^1], "optimizer.safetensors"));
        var notes = new Notes();
        using (var run = Open("parts", resume: true, saveEvery: 1))
        {
            Assert.Null(run.Train(notes));
        }

        var note = Assert.Single(notes.Said);
        Assert.Contains("optimizer.safetensors", note, StringComparison.Ordinal);
        Assert.Equal(whole, Weights("parts"));
    }

    [Fact]
    public void Restore_AllDamaged_IsAnErrorAndDeletesNothing()
    {
        using (var cancel = new CancellationTokenSource())
        using (var run = Open("parts", resume: false, saveEvery: 1))
        {
            var seen = 0;
            run.Train(new Recorder(_ => { if (++seen == 3) { cancel.Cancel(); } }), cancellation: cancel.Token);
        }

        var all = RunCheckpoint.FoldersOf(Path.Combine(folder.Path, "parts"));
        foreach (var checkpoint in all)
        {
            File.Delete(Path.Combine(checkpoint, "state.json"));
        }

        using var again = Open("parts", resume: true, saveEvery: 1);
        Assert.Contains("every checkpoint is damaged", Assert.Throws<CheckpointException>(() => again.Train(null)).Message, StringComparison.Ordinal);
        Assert.Equal(all, RunCheckpoint.FoldersOf(Path.Combine(folder.Path, "parts")));
    }

    [Fact]
    public void Train_FolderInUse_IsRefused()
    {
        using var first = Open("parts", resume: false, saveEvery: 0);
        using var second = Open("parts", resume: false, saveEvery: 0);
        Exception? refused = null;
        first.Train(new Recorder(step => refused ??= step.Step == 1 ? Record.Exception(() => second.Train(null)) : null));
        Assert.Contains("another process is training", Assert.IsType<RunException>(refused).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_PatienceRunsOut_EndsWithTheBestModel()
    {
        var recipe = Recipe.Replace("every: 2", "every: 1, patience: 2", StringComparison.Ordinal)
            .Replace("steps: 6", "steps: 60", StringComparison.Ordinal).Replace("{ language: 1e-2 }\n    data: { type: scenes, content: blind, questions_per_scene: 2, seed: 9 }", "{ language: 3 }\n    data: { type: scenes, content: blind, questions_per_scene: 2, seed: 9 }", StringComparison.Ordinal);
        var notes = new Notes();
        using var run = Open("best", resume: false, saveEvery: 0, recipe);
        Assert.Null(run.Train(notes));

        var best = notes.Judged.MinBy(report => report.Loss)!;
        Assert.True(notes.Judged.Count < 60, $"{notes.Judged.Count} validations");
        Assert.Equal(best.Step + 2, notes.Judged[^1].Step);
        Assert.Equal(notes.Judged.Where(report => report.IsBest).Select(report => report.Loss), notes.Judged.Where(report => report.IsBest).Select(report => report.Loss).OrderDescending());
        Assert.Equal(File.ReadAllBytes(Path.Combine(RunCheckpoint.BestOf(Path.Combine(folder.Path, "best")), "model.safetensors")), Weights("best"));
    }

    [Fact]
    public void Train_JudgedOnceAnEpochOfEndlessData_NamesTheStage()
    {
        using var run = Open("judged", resume: false, saveEvery: 0, Recipe.Replace("every: 2", "every: epoch", StringComparison.Ordinal));
        Assert.Contains("never end", Assert.Throws<RecipeException>(() => run.Train(null)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4, 10, new long[] { 3, 5, 8, 10 })]
    [InlineData(10, 4, new long[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 })]
    [InlineData(1, 3, new long[] { 3, 6, 9 })]
    public void IsDue_OnceAnEpoch_AfterTheStepThatEndsAPass(int batchSize, long samples, long[] expected) =>
        Assert.Equal(expected, Enumerable.Range(1, 10).Select(step => (long)step).Where(step => StepsOrEpoch.Epoch.IsDue(step, batchSize, samples)));

    [Fact]
    public void Train_EpochsOverEndlessData_NamesTheLine()
    {
        using var run = Open("epochs", resume: false, saveEvery: 0, Recipe.Replace("steps: 4", "epochs: 2", StringComparison.Ordinal));
        Assert.Contains("never end", Assert.Throws<RecipeException>(() => run.Train(null)).Message, StringComparison.Ordinal);
    }

    private byte[] Train(string name)
    {
        using var run = Open(name, resume: false, saveEvery: 0);
        Assert.Null(run.Train(null));
        return Weights(name);
    }

    private byte[] Weights(string name) => File.ReadAllBytes(Path.Combine(Path.Combine(folder.Path, name), "model", "model.safetensors"));

    private RecipeRun Open(string name, bool resume, long saveEvery, string recipe = Recipe) => new(
        RecipeDocument.Parse(recipe), folder.Path, new RunOptions { Folder = Path.Combine(folder.Path, name), Workers = 1, SaveEvery = saveEvery, Resume = resume });

    private static void Flip(string path)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[^5] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private sealed class Notes : ITrainingObserver
    {
        public List<string> Said { get; } = [];

        public List<ValidationReport> Judged { get; } = [];

        public void OnStep(StepReport report)
        {
        }

        public void OnSkippedStep(long step, double gradientNorm)
        {
        }

        public void OnNote(string note) => Said.Add(note);

        public void OnValidation(ValidationReport report) => Judged.Add(report);
    }
}
