using Collimate.Comparison;
using Collimate.Evaluation.Statistics;

namespace Collimate.Tests.Comparison;

/// <summary>The two tests of a comparison against tables and sums that can be done by hand.</summary>
public sealed class PairedTests
{
    [Theory]
    [InlineData(12.706, 1, 0.05)]
    [InlineData(4.303, 2, 0.05)]
    [InlineData(2.776, 4, 0.05)]
    [InlineData(2.045, 29, 0.05)]
    [InlineData(9.925, 2, 0.01)]
    [InlineData(1, 1, 0.5)]
    public void TwoSided_TabulatedQuantiles_GiveTheirLevel(double t, int freedom, double p) => Assert.Equal(p, PairedTTest.TwoSided(t, freedom), 5e-5); // the table has three digits

    [Fact]
    public void OfSeeds_ThreeDifferences_TestAndIntervalAgree()
    {
        var test = PairedTTest.Of([0.01, 0.02, 0.03]);

        Assert.Equal((3, 0.02), (test.Seeds, Math.Round(test.Mean, 12)));
        Assert.Equal(0.02 / (0.01 / Math.Sqrt(3)), test.Statistic, 1e-9);
        Assert.Equal(0.0742, test.P, 1e-4); // t = 3.464 with 2 degrees of freedom: 1 - t / sqrt(t^2 + 2)
        Assert.True(test.Low < 0 && test.High > 0.04);
        Assert.Equal(0.02 - (4.3027 * 0.01 / Math.Sqrt(3)), test.Low, 1e-6);
    }

    [Fact]
    public void OfSeeds_FewOrEqualDifferences_ClaimNothingTheyCannot()
    {
        Assert.True(double.IsNaN(PairedTTest.Of([0.1]).P));
        Assert.Equal(1, PairedTTest.Of([0, 0]).P);
        Assert.Equal(0, PairedTTest.Of([0.25, 0.25]).P);
    }

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(5, 5, 1)]
    [InlineData(0, 5, 0.0625)] // 2 / 2^5
    [InlineData(1, 9, 0.021484375)] // 2 (1 + 10) / 2^10
    [InlineData(9, 1, 0.021484375)]
    public void OfAnswers_Discordant_FollowTheBinomial(int gained, int lost, double p)
    {
        var pairs = Enumerable.Repeat((true, true), 7).Concat(Enumerable.Repeat((false, true), gained)).Concat(Enumerable.Repeat((true, false), lost));
        var test = PairedAnswers.Of(pairs);

        Assert.Equal((7 + gained + lost, gained, lost), (test.Questions, test.Gained, test.Lost));
        Assert.Equal(p, test.P, 1e-12);
    }

    [Fact]
    public void OfAnswers_ManyQuestions_NeitherOverflowsNorVanishes()
    {
        Assert.InRange(PairedAnswers.Of(Enumerable.Range(0, 6000).Select(k => (k < 2900, k >= 2900))).P, 0.009, 0.0105); // normal approximation: z = 2.58
        Assert.Equal(1, PairedAnswers.Of(Enumerable.Range(0, 6000).Select(k => (k < 3000, k >= 3000))).P);
    }
}
