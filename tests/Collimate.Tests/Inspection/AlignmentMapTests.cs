using Collimate.Inspection;
using Collimate.Torch;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Inspection;

public sealed class AlignmentMapTests
{
    [Fact]
    public void Measure_HandMadeCase_FindsNearestWordsAndCounts()
    {
        // Token 0 points right, 1 up, 2 left, 3 down; "dog" is right, "bus" between up and left, "empty" down.
        using var embeddings = Tensor.From<float>([1, 0, 0, 1, -1, 0, 0, -1], [4, 2]);
        CandidateWord[] words = [new("dog", [0]), new("bus", [1, 2]), new("empty", [3])];
        using var visual = Tensor.From<float>([5, 1, -1, 0.5f, 0.1f, -3, 2, -1, -1, 2, 0.1f, -9], [2, 3, 2]);

        var map = AlignmentMap.Measure(visual, embeddings, words, [0, 1, 2, 1, AlignmentMap.Unknown, 0], groundWord: 2);

        Assert.Equal([0, 1, 2, 0, 1, 2], map.Nearest);
        Assert.Equal(5 / Math.Sqrt(26), map.Cosines[0], 5);
        Assert.Equal(1.5 / Math.Sqrt(1.25 * 2), map.Cosines[1], 5);
        Assert.Equal(-3 / Math.Sqrt(5 * 2), map.TruthCosines[3], 5);
        Assert.True(float.IsNaN(map.TruthCosines[4]));
        Assert.Equal(new AlignmentScore(2, 4, 1, 1), map.Score);
        Assert.Equal(0.5, map.Score.AlignmentAccuracy);
        Assert.Equal(1, map.Score.GroundAccuracy);
        Assert.Equal(0.6, map.Score.OverallAccuracy);
        Assert.Equal(map.Score, map.ScoreOf(0, 1) + map.ScoreOf(1, 1));
        Assert.Equal("empty", map.WordAt(0, 2).Text);
        Assert.False(map.IsRight(1, 0));
    }

    [Fact]
    public void Measure_HandMadeCase_RanksTheTruthAndKeepsTheNearest()
    {
        // "dog" right, "bus" up, "empty" left; the last token is as near to dog as to bus.
        using var embeddings = Tensor.From<float>([1, 0, 0, 1, -1, 0], [3, 2]);
        CandidateWord[] words = [new("dog", [0]), new("bus", [1]), new("empty", [2])];
        using var visual = Tensor.From<float>([3, 1, 3, 1, 3, 1, 2, 2], [1, 4, 2]);

        var map = AlignmentMap.Measure(visual, embeddings, words, [0, 1, 2, 1], groundWord: 2, top: 2);

        Assert.Equal([1, 2, 3, 2], map.TruthRanks);
        Assert.Equal([0, 1, 0, 1, 0, 1, 0, 1], map.Recalled);
        Assert.Equal([("dog", 3 / Math.Sqrt(10)), ("bus", 1 / Math.Sqrt(10))], map.RecalledAt(0, 2).Select(word => (word.Word.Text, Math.Round((double)word.Cosine, 9))), Alike);
        var ranks = map.RanksWhere(word => word != map.GroundWord);
        Assert.Equal(new AlignmentRanks(3, 1, 3, 5, 2), ranks);
        Assert.Equal((1 / 3.0, 1.0, 5 / 3.0, 2 / 3.0), (ranks.TopOne, ranks.TopFive, ranks.MeanRank, ranks.MeanReciprocalRank));
        Assert.Equal(new AlignmentRanks(1, 0, 1, 3, 1 / 3.0), map.RanksWhere(word => word == map.GroundWord));
        Assert.Equal(3, AlignmentMap.Measure(visual, embeddings, words, [0, 1, 2, 1]).Top); // no more than there are

        static bool Alike((string Word, double Cosine) expected, (string Word, double Cosine) found) => expected.Word == found.Word && Math.Abs(expected.Cosine - found.Cosine) < 1e-6;
    }

    [Fact]
    public void Measure_AnyCloud_KeepsWhatAFullSortGives()
    {
        Prop.ForAll(Gen.Choose(1, 10_000).ToArbitrary(), Gen.Choose(1, 9).ToArbitrary(), (seed, top) =>
        {
            using var scope = new TensorScope();
            var random = new Random(seed);
            // Few different numbers, so that words lie equally near.
            var embeddings = Tensor.From([.. Enumerable.Range(0, 12 * 3).Select(_ => (float)random.Next(-1, 2))], [12, 3]);
            var visual = Tensor.From([.. Enumerable.Range(0, 2 * 5 * 3).Select(_ => (float)random.Next(-1, 2))], [2, 5, 3]);
            CandidateWord[] words = [.. Enumerable.Range(0, 12).Select(k => new CandidateWord($"w{k}", [k]))];
            int[] truth = [.. Enumerable.Range(0, 10).Select(_ => random.Next(-1, 12))];

            var map = AlignmentMap.Measure(visual, embeddings, words, truth, top: top);
            var whole = AlignmentMap.Measure(visual, embeddings, words, truth, top: 12);
            var swapped = AlignmentMap.Measure(Tensor.Cat([visual.Narrow(0, 1, 1), visual.Narrow(0, 0, 1)]), embeddings, words, [.. truth[5..], .. truth[..5]], top: top);

            for (var at = 0; at < 10; at++)
            {
                var kept = map.Recalled[(at * top)..((at + 1) * top)];
                Assert.Equal(map.Nearest[at], kept[0]);
                Assert.Equal(whole.Recalled[(at * 12)..((at * 12) + top)], kept);
                Assert.Equal(Enumerable.Range(0, 12), whole.Recalled[(at * 12)..((at + 1) * 12)].Order());
                Assert.Equal(truth[at] < 0 ? 0 : Array.IndexOf(whole.Recalled[(at * 12)..((at + 1) * 12)], truth[at]) + 1, map.TruthRanks[at]);
                Assert.Equal((map.Nearest[at], map.TruthRanks[at], map.Cosines[at]), (swapped.Nearest[(at + 5) % 10], swapped.TruthRanks[(at + 5) % 10], swapped.Cosines[(at + 5) % 10]));
            }
        }).Check(Properties.Hold.WithMaxTest(40));
    }

    [Fact]
    public void Ranks_PerfectModel_AreAllOne()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(3);
        var embeddings = Tensor.RandomNormal([30, 16], generator);
        CandidateWord[] words = [.. Enumerable.Range(0, 30).Select(k => new CandidateWord($"w{k}", [k]))];
        var map = AlignmentMap.Measure((embeddings * 3.0).Reshape(2, 15, 16), embeddings, words, [.. Enumerable.Range(0, 30)]);

        Assert.Equal(new AlignmentRanks(30, 30, 30, 30, 30), map.RanksWhere(_ => true));
        Assert.Equal(1, map.RanksWhere(_ => true).MeanRank);
        Assert.True(double.IsNaN(map.RanksWhere(_ => false).MeanRank));
    }

    [Fact]
    public void Measure_ManyTokens_EqualsASlowVersion()
    {
        const int Images = 7, Tokens = 600, Hidden = 24, Vocabulary = 90, WordCount = 60;
        var random = new Random(5);
        var visual = Enumerable.Range(0, Images * Tokens * Hidden).Select(_ => (float)random.NextDouble() - 0.5f).ToArray();
        var embeddings = Enumerable.Range(0, Vocabulary * Hidden).Select(_ => (float)random.NextDouble() - 0.5f).ToArray();
        var words = Enumerable.Range(0, WordCount).Select(k => new CandidateWord($"w{k}", [.. Enumerable.Range(0, 1 + (k % 3)).Select(_ => random.Next(Vocabulary))])).ToArray();
        var truth = Enumerable.Range(0, Images * Tokens).Select(_ => random.Next(-1, WordCount)).ToArray();
        using var visualTensor = Tensor.From(visual, [Images, Tokens, Hidden]);
        using var embeddingTensor = Tensor.From(embeddings, [Vocabulary, Hidden]);

        var map = AlignmentMap.Measure(visualTensor, embeddingTensor, words, truth, groundWord: 3);

        var score = new AlignmentScore();
        for (var at = 0; at < Images * Tokens; at++)
        {
            var cosines = words.Select(word => Cosine(visual.AsSpan(at * Hidden, Hidden), Mean(embeddings, word, Hidden))).ToArray();
            Assert.InRange(map.Cosines[at] - cosines.Max(), -1e-5, 1e-5);
            Assert.InRange(cosines.Max() - cosines[map.Nearest[at]], 0, 1e-5);
            var hit = map.Nearest[at] == truth[at] ? 1 : 0;
            score += truth[at] switch { -1 => default, 3 => new AlignmentScore(0, 0, hit, 1), _ => new AlignmentScore(hit, 1, 0, 0) };
        }

        Assert.Equal(score, map.Score);
        Assert.InRange(map.Score.ObjectHits, 1, 400); // chance is one in sixty
    }

    [Fact]
    public void Measure_Run_LeavesNoTensorBehind()
    {
        using var embeddings = Tensor.From<float>([1, 0, 0, 1], [2, 2]);
        using var visual = Tensor.From<float>([5, 1], [1, 1, 2]);
        var before = SettledTensors.Count();

        AlignmentMap.Measure(visual, embeddings, [new CandidateWord("dog", [0])], [0]);

        Assert.Equal(before, LiveTensors.Count);
    }

    [Fact]
    public void Measure_InputsThatDoNotFit_SayWhat()
    {
        using var embeddings = Tensor.From<float>([1, 0, 0, 1], [2, 2]);
        using var visual = Tensor.From<float>([5, 1], [1, 1, 2]);
        using var wide = Tensor.From<float>([5, 1, 2], [1, 1, 3]);
        CandidateWord[] words = [new("dog", [0])];

        Assert.Contains("[1, 1, 3]", Assert.Throws<ArgumentException>(() => AlignmentMap.Measure(wide, embeddings, words, [0])).Message, StringComparison.Ordinal);
        Assert.Contains("found 2", Assert.Throws<ArgumentException>(() => AlignmentMap.Measure(visual, embeddings, words, [0, 0])).Message, StringComparison.Ordinal);
        Assert.Contains("from 0 to 1", Assert.Throws<ArgumentException>(() => AlignmentMap.Measure(visual, embeddings, [new("dog", [2])], [0])).Message, StringComparison.Ordinal);
        Assert.Contains("no word 1 among 1", Assert.Throws<ArgumentException>(() => AlignmentMap.Measure(visual, embeddings, words, [1])).Message, StringComparison.Ordinal);
    }

    private static double[] Mean(float[] embeddings, CandidateWord word, int hidden) =>
        [.. Enumerable.Range(0, hidden).Select(column => word.TokenIds.Average(id => (double)embeddings[(id * hidden) + column]))];

    private static double Cosine(ReadOnlySpan<float> a, double[] b)
    {
        double dot = 0, aa = 0, bb = 0;
        for (var k = 0; k < b.Length; k++)
        {
            dot += a[k] * b[k];
            aa += (double)a[k] * a[k];
            bb += b[k] * b[k];
        }

        return dot / Math.Sqrt(aa * bb);
    }
}
