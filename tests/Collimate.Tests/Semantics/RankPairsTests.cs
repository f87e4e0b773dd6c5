using System.Text.Json;
using Collimate.Alignment.Objectives;
using Collimate.Tests.Cli;
using Collimate.Tests.Recipes;
using Collimate.Tests.Training;
using Collimate.Torch;

namespace Collimate.Tests.Semantics;

/// <summary>Negatives of all ranks: what several processes compute together is what one would of all their pairs.</summary>
public class RankPairsTests
{
    [Fact]
    public void Gather_DifferentNumbersOfPairs_GradientsAddUpToTheWholes()
    {
        int[][] words = [[3, 1], [], [7, 5, 9]];
        var values = Values(5);
        using var whole = Tensor.From(values, [5, 4]);
        whole.RequiresGrad = true;
        Loss(whole, [3, 1, 7, 5, 9]).Backward();

        float[][] parts = [values[..8], [], values[8..]];
        var gradients = OnThreads(3, ranks =>
        {
            using var scope = new TensorScope();
            var mine = Tensor.From(parts[ranks.Rank], [words[ranks.Rank].Length, 4]);
            mine.RequiresGrad = true;
            var pairs = RankPairs.Gather(ranks, mine, words[ranks.Rank], samples: ranks.Rank + 1, seed: (ulong)ranks.Rank);
            Assert.Equal([3, 1, 7, 5, 9], pairs.Words);
            Assert.Equal(6, pairs.Samples);
            Loss(pairs.Seen!, pairs.Words).Backward();
            return mine.Grad?.ToArray<float>() ?? [];
        });

        Assert.Equal(whole.Grad!.ToArray<float>(), gradients.SelectMany(part => part).ToArray(), (a, b) => Math.Abs(a - b) < 1e-6f);
    }

    [Fact]
    public void Gather_AWordInSeveralProcesses_StaysOnceEverywhereTheSame()
    {
        var kept = new HashSet<string>();
        for (ulong seed = 0; seed < 20; seed++)
        {
            var results = OnThreads(2, ranks =>
            {
                using var scope = new TensorScope();
                var rows = ranks.Rank == 0 ? new float[] { 1, 1, 2, 2 } : [3, 3, 4, 4];
                var pairs = RankPairs.Gather(ranks, Tensor.From(rows, [2, 2]), ranks.Rank == 0 ? [8, 6] : [6, 4], 1, seed);
                return string.Join(' ', pairs.Words.Zip(pairs.Seen!.ToArray<float>().Chunk(2).Select(row => row[0])));
            });
            Assert.Equal(results[0], results[1]);
            kept.Add(results[0]);
        }

        Assert.Equal(["(8, 1) (6, 2) (4, 4)", "(8, 1) (6, 3) (4, 4)"], kept.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Gather_NoPairAnywhere_HasNothingSeen() => Assert.All(
        OnThreads(2, ranks => RankPairs.Gather(ranks, Tensor.Zeros([0, 4]), [], 2, 1)),
        pairs => Assert.True(pairs is { Seen: null, Words.Length: 0, Samples: 4 }));

    [Fact]
    public void Train_InTwoProcesses_HoldsPairsAgainstThoseOfBoth()
    {
        using var folder = new TemporaryFolder();
        var recipe = Path.Combine(PublishedRecipesTests.RecipesFolder(), "scenes", "sea.yaml");
        (double Loss, double Pairs) Train(string name, string negatives, string processes)
        {
            var target = Path.Combine(folder.Path, name);
            var run = CommandLine.Run(
                "train", recipe, "--out", target, "--nproc", processes, "--workers", "1", "--max-steps", "1", "--set", "stages.align.batch_size=4", "--set", "stages.align.pieces=2",
                "--set", "stages.instruct.batch_size=2", "--set", "stages.instruct.pieces=2", "--set", $"stages.align.objectives[1].objective.negatives={negatives}");
            Assert.True(run.Code == 0, run.Error);
            var measures = JsonDocument.Parse(File.ReadLines(Path.Combine(target, "log.jsonl")).First()).RootElement.GetProperty("measures");
            return (measures.GetProperty("sea/loss").GetDouble(), measures.GetProperty("sea/pairs_per_picture").GetDouble());
        }

        var (apart, together) = (Train("apart", "piece", "2"), Train("together", "all_ranks", "2"));

        Assert.Equal(apart.Pairs, together.Pairs);                      // the same pairs are drawn,
        Assert.InRange(together.Loss - apart.Loss, 0.2, Math.Log(2.2)); // and a right one is to be told from up to twice as many
    }

    [Theory]
    [InlineData("2", "3", "1", "do not divide among 2 ranks")]
    [InlineData("2", "2", "2", "--workers 1")]
    public void Train_NegativesThatCannotMeet_AreRefused(string processes, string pieces, string workers, string expected)
    {
        using var folder = new TemporaryFolder();
        var run = CommandLine.Run(
            "train", Path.Combine(PublishedRecipesTests.RecipesFolder(), "scenes", "sea.yaml"), "--out", Path.Combine(folder.Path, "run"), "--nproc", processes, "--workers", workers, "--max-steps", "1",
            "--set", "stages.align.batch_size=6", "--set", $"stages.align.pieces={pieces}", "--set", "stages.align.objectives[1].objective.negatives=all_ranks");
        Assert.NotEqual(0, run.Code);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    private static Tensor Loss(Tensor seen, int[] words) => SemanticAlignment.Contrast(
        seen, Tensor.From([.. words.SelectMany(word => new[] { 1f, word, word * word % 5, -word })], [words.Length, 4]), Tensor.Scalar(0.8));

    private static float[] Values(int rows)
    {
        var random = new Random(4);
        return [.. Enumerable.Range(0, rows * 4).Select(_ => (float)random.NextDouble() - 0.5f)];
    }

    private static T[] OnThreads<T>(int count, Func<ThreadRanks, T> work)
    {
        using var meeting = new Barrier(count);
        var desk = new object?[count];
        var results = new T[count];
        var threads = Enumerable.Range(0, count).Select(rank => new Thread(() => results[rank] = work(new ThreadRanks(rank, meeting, desk)))).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return results;
    }
}
