using Collimate.Recipes;
using Collimate.Training;
using Collimate.Training.Watching;
using Collimate.Training.Watching.TensorBoard;

namespace Collimate.Tests.Training.Watching;

/// <summary>What TensorBoard shows of a whole run, and of one that broke off and was gone on with from its last checkpoint.</summary>
public sealed class ResumedRunTests : IDisposable
{
    private const string Recipe = """
        name: tiny
        model:
          connector: identity
          language: { type: fresh, hidden_size: 16, layers: 1, heads: 2, key_value_heads: 1, intermediate_size: 32, context_length: 64, vocabulary_size: 1024 }
        stages:
          - { name: first, learning_rates: { language: 1e-2 }, data: { type: scenes, content: blind, questions_per_scene: 2 }, steps: 2, batch_size: 4, precision: fp32 }
          - name: second
            learning_rates: { language: 1e-2 }
            data: { type: scenes, content: blind, questions_per_scene: 2, seed: 9 }
            steps: 6
            batch_size: 4
            micro_batch: 2
            precision: fp32
            validation: { data: { type: scenes, content: blind, split: validation, questions_per_scene: 2 }, samples: 4, every: 3 }
        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Train_BrokenOffAndGoneOnWith_ShowsWhatAWholeRunShows()
    {
        Train("whole", resume: false, breaksAfter: null);
        Train("parts", resume: false, breaksAfter: 5); // the newest checkpoint is of step 4
        Train("parts", resume: true, breaksAfter: null);

        foreach (var (stage, steps) in new[] { ("first", 2), ("second", 6) })
        {
            var (whole, parts) = (Shown("whole", stage), Shown("parts", stage));
            Assert.Equal(whole.Where(IsOfTheRun), parts.Where(IsOfTheRun)); // the same bits, as the run itself
            foreach (var tag in new[] { "train/loss", "speed/model_flops_utilization", "speed/tokens_per_second", "memory/live_tensors", "memory/resident_bytes" })
            {
                Assert.Equal(Enumerable.Range(1, steps), parts.Where(entry => entry.Tag == tag).Select(entry => (int)entry.Step));
                Assert.All(parts.Where(entry => entry.Tag == tag), entry => Assert.True(entry.Value > 0, $"{entry}"));
            }
        }

        Assert.Equal([3L, 6L], Shown("parts", "second").Where(entry => entry.Tag == "validation/loss").Select(entry => entry.Step));
        Assert.Equal(2, Directory.GetFiles(Path.Combine(folder["parts"], "tensorboard", "second")).Length);
    }

    private static bool IsOfTheRun((long Step, string Tag, float Value) entry) => entry.Tag.StartsWith("train/", StringComparison.Ordinal) || entry.Tag == "validation/loss";

    private List<(long Step, string Tag, float Value)> Shown(string run, string stage) => EventFileReader.Shown(Path.Combine(folder[run], TensorBoardLog.FolderName, stage));

    private void Train(string name, bool resume, int? breaksAfter)
    {
        var path = folder["recipe.yaml"];
        File.WriteAllText(path, Recipe);
        using var run = new RecipeRun(RecipeDocument.Load(path, []), folder.Path, new RunOptions { Folder = folder[name], Workers = 1, SaveEvery = 2, Resume = resume });
        using var board = new TensorBoardLog(Path.Combine(folder[name], TensorBoardLog.FolderName));
        var observer = new ObserverGroup(board, new Recorder(report => BreakAfter(report, breaksAfter)));
        if (breaksAfter is null)
        {
            Assert.Null(run.Train(observer));
        }
        else
        {
            Assert.Throws<InvalidOperationException>(() => run.Train(observer));
        }
    }

    // In the middle of the second stage.
    private static void BreakAfter(StepReport report, int? step)
    {
        Assert.True(report.ModelFlops > 0);
        if (report.Stage == "second" && report.Step == step)
        {
            throw new InvalidOperationException("the machine went off");
        }
    }
}
