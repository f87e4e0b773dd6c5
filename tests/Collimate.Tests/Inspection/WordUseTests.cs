using Collimate.Inspection;

namespace Collimate.Tests.Inspection;

public sealed class WordUseTests
{
    private static readonly CandidateWord[] Words = [new("dog", [0]), new("bus", [1]), new("owl", [2]), new("tent", [3])];

    [Fact]
    public void Of_TwoWordsAlike_AreAsVariedAsTwo()
    {
        var use = WordUse.Of(Words, [0, 30, 0, 30], [0, 3, 0, 30]);

        Assert.Equal((4, 2, 60L, 0.5), (use.Words, use.Used, use.Tokens, use.UsedShare));
        Assert.Equal(2, use.EffectiveWords, 1e-12);
        Assert.Equal(0.5, use.MostFrequentShare);
        Assert.Equal([new WordFrequency("bus", 30, 3), new WordFrequency("tent", 30, 30)], use.Frequent);
    }

    [Fact]
    public void Of_OneWordAlways_IsAsVariedAsOne()
    {
        var use = WordUse.Of(Words, [0, 0, 9, 0], [0, 0, 1, 0]);

        Assert.Equal((1, 1.0, 1.0), (use.Used, use.EffectiveWords, use.MostFrequentShare));
    }

    [Fact]
    public void Of_UnevenShares_CountsByEntropyAndSortsByFrequency()
    {
        var use = WordUse.Of(Words, [1, 2, 1, 0], [0, 0, 0, 0], shown: 2);

        Assert.Equal(Math.Pow(2, 1.5), use.EffectiveWords, 1e-12); // shares ¼, ½, ¼: 1.5 bits
        Assert.Equal(["bus", "dog"], use.Frequent.Select(word => word.Word));
        Assert.Equal(3, use.Used);
    }
}
