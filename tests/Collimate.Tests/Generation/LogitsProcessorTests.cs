using Collimate.Generation.Processors;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Generation;

public sealed class LogitsProcessorTests
{
    [Fact]
    public void TopP_AnyScores_KeepsTheSmallestSufficientSet() => Prop.ForAll<int>(seed =>
    {
        var random = new Random(seed);
        var scores = Scores(random);
        var mass = 0.05 + (0.9 * random.NextDouble());
        var probabilities = Softmax(scores).OrderDescending().ToArray();
        var kept = Kept(new TopPProcessor(mass), scores);
        var sums = probabilities.Select((_, count) => probabilities.Take(count).Sum()).Append(1).ToArray();
        return sums[kept.Length] >= mass - 1e-9 && sums[kept.Length - 1] < mass + 1e-9 && kept.Contains(Array.IndexOf(scores, scores.Max()));
    }).Check(Properties.Hold);

    [Fact]
    public void TopK_AnyScores_KeepsThoseThatNoKOthersExceed() => Prop.ForAll<int>(seed =>
    {
        var random = new Random(seed);
        // Few distinct values, so that ties come up.
        var scores = Enumerable.Range(0, random.Next(1, 20)).Select(_ => (float)random.Next(5)).ToArray();
        var count = random.Next(1, 25);
        var expected = Enumerable.Range(0, scores.Length).Where(id => scores.Count(other => other > scores[id]) < count);
        return Kept(new TopKProcessor(count), scores).SequenceEqual(expected);
    }).Check(Properties.Hold);

    [Fact]
    public void Typical_UniformDistribution_KeepsEverything()
    {
        // All tokens are equally typical, so none may be preferred.
        Assert.Equal(6, Kept(new TypicalProcessor(0.3), new float[6]).Length);
    }

    [Fact]
    public void NoRepeatNgram_SizeOne_RulesOutEverythingSeen()
    {
        var scores = new float[5];
        new NoRepeatNgramProcessor(1).Process([1, 3, 1], scores);
        Assert.Equal([0, 2, 4], Enumerable.Range(0, 5).Where(id => scores[id] == 0));
    }

    [Fact]
    public void RepetitionPenalty_TokenSeenTwice_IsPenalisedOnceAndForeignIdsAreLeftOut()
    {
        float[] scores = [2, -2, 1];
        new RepetitionPenaltyProcessor(2).Process([0, 1, 0, 900, -1], scores);
        Assert.Equal([1, -4, 1], scores);
    }

    [Fact]
    public void MinimumLength_LongEnough_ChangesNothing()
    {
        float[] scores = [1, 2];
        new MinimumLengthProcessor(2, [1]).Process([5, 5], scores);
        Assert.Equal([1, 2], scores);
        new MinimumLengthProcessor(3, [1]).Process([5, 5], scores);
        Assert.Equal([1, float.NegativeInfinity], scores);
    }

    [Fact]
    public void TopP_NothingLeftToChooseFrom_SaysSo()
    {
        var error = Assert.Throws<ArithmeticException>(() => new TopPProcessor(0.5).Process([], new[] { float.NegativeInfinity, float.NegativeInfinity }));
        Assert.Contains("whole vocabulary", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constructors_ValuesOutOfRange_AreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new TemperatureProcessor(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TopKProcessor(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TopPProcessor(1.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TypicalProcessor(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RepetitionPenaltyProcessor(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new NoRepeatNgramProcessor(0));
    }

    private static float[] Scores(Random random) => [.. Enumerable.Range(0, random.Next(2, 20)).Select(_ => (float)((random.NextDouble() * 10) - 5))];

    private static double[] Softmax(float[] scores)
    {
        var sum = scores.Sum(score => Math.Exp(score));
        return [.. scores.Select(score => Math.Exp(score) / sum)];
    }

    private static int[] Kept(Collimate.Generation.ILogitsProcessor processor, float[] scores)
    {
        var changed = (float[])scores.Clone();
        processor.Process([], changed);
        return [.. Enumerable.Range(0, scores.Length).Where(id => !float.IsNegativeInfinity(changed[id]))];
    }
}
