using Collimate.Alignment.Towers;
using Collimate.Semantics;

namespace Collimate.Tests.Semantics;

/// <summary>What is drawn for a step, and how often.</summary>
public class PairSamplerTests
{
    [Fact]
    public void Draw_OnePatchWithThreeWords_FollowsTheScores()
    {
        var labels = new PatchLabels(1, 4, [5, 7, 9, -1], [0.6f, 0.3f, 0.1f, 0]);
        var counts = new Dictionary<int, int> { [5] = 0, [7] = 0, [9] = 0 };
        const int draws = 20_000;
        for (var seed = 0; seed < draws; seed++)
        {
            counts[new PairSampler(2, false).Draw([labels], new PatchGrid(1, 1), (ulong)seed)[0].Word]++;
        }

        var deviation = counts.Zip([0.6, 0.3, 0.1], (count, share) => Math.Pow(count.Value - (share * draws), 2) / (share * draws)).Sum();
        Assert.True(deviation < 13.8, $"chi-square {deviation} with two degrees of freedom; {string.Join(", ", counts)}"); // one in a thousand
    }

    [Fact]
    public void Draw_PatchesOfAWindowAndImagesWithOneWord_AreEquallyLikely()
    {
        // Two pictures of 2 x 2 patches, a word they all share: eight places, of which one is drawn a step.
        var labels = new PatchLabels(4, 1, [3, 3, 3, 3], [1, 1, 1, 1]);
        var counts = new int[8];
        const int draws = 16_000;
        for (var seed = 0; seed < draws; seed++)
        {
            var pair = Assert.Single(new PairSampler(2, false).Draw([labels, labels], new PatchGrid(2, 2), (ulong)seed));
            counts[(pair.Image * 4) + pair.Patch]++;
        }

        var deviation = counts.Sum(count => Math.Pow(count - (draws / 8.0), 2) / (draws / 8.0));
        Assert.True(deviation < 24.3, $"chi-square {deviation} with seven degrees of freedom; {string.Join(", ", counts)}");
    }

    [Theory]
    [InlineData(false, 4)]
    [InlineData(true, 1)]
    public void Draw_WindowsAtTheEdge_AreSmallerOrLeftOut(bool cutsEdges, int expected)
    {
        var labels = new PatchLabels(9, 1, [.. Enumerable.Range(0, 9)], [.. Enumerable.Repeat(1f, 9)]);

        var pairs = new PairSampler(2, cutsEdges).Draw([labels], new PatchGrid(3, 3), 1);

        Assert.Equal(expected, pairs.Length);
        Assert.All(pairs, pair => Assert.Equal(pair.Patch, pair.Word)); // each word belongs to one patch
    }

    [Fact]
    public void Draw_PatchesWithoutWords_AreNeverDrawn()
    {
        var labels = new PatchLabels(4, 2, [-1, -1, 6, -1, -1, -1, -1, -1], [0, 0, 0.5f, 0, 0, 0, 0, 0]);
        for (var seed = 0UL; seed < 50; seed++)
        {
            Assert.Equal(new PatchWord(0, 1, 6), Assert.Single(new PairSampler(2, false).Draw([labels], new PatchGrid(2, 2), seed)));
        }
    }

    [Fact]
    public void Draw_NoLabelAnywhere_IsEmpty() =>
        Assert.Empty(new PairSampler(2, false).Draw([new PatchLabels(4, 1, [-1, -1, -1, -1], new float[4])], new PatchGrid(2, 2), 1));
}
