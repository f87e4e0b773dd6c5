using Collimate.Data;
using Collimate.Evaluation.Statistics;

namespace Collimate.Tests.Evaluation.Statistics;

public sealed class McNemarTestTests
{
    // Twice the tail of a fair coin, worked out by hand: 2 · (C(n,0) + … + C(n,min)) / 2ⁿ.
    [Theory]
    [InlineData(0, 0, 1.0)]
    [InlineData(0, 1, 1.0)]
    [InlineData(0, 5, 2.0 / 32)]
    [InlineData(1, 9, 2.0 * 11 / 1024)]
    [InlineData(2, 8, 2.0 * 56 / 1024)]
    [InlineData(5, 5, 1.0)]
    [InlineData(6, 18, 2.0 * 190051 / 16777216)]
    [InlineData(0, 24, 2.0 / 16777216)]
    public void Of_FewTellingQuestions_IsTheExactBinomialTest(int onlyFirst, int onlySecond, double p)
    {
        var test = McNemarTest.Of(onlyFirst, onlySecond);

        Assert.True(test.IsExact);
        Assert.Null(test.Statistic);
        Assert.Equal(p, test.PValue, 1e-14);
        Assert.Equal(test.PValue, McNemarTest.Of(onlySecond, onlyFirst).PValue);
    }

    // (|b − c| − 1)² / (b + c), and the tail of chi-squared from tables: 3.8414588206941 leaves 5 %, 6.6348966010212 leaves 1 %, 10.827566170663 leaves 0.1 %.
    [Theory]
    [InlineData(10, 15, 16.0 / 25)]
    [InlineData(59, 6, 2704.0 / 65)] // McNemar's own kind of table
    [InlineData(121, 59, 3721.0 / 180)]
    [InlineData(30, 30, 0)] // never below zero
    public void Of_ManyTellingQuestions_IsChiSquaredWithContinuityCorrection(int onlyFirst, int onlySecond, double statistic)
    {
        var test = McNemarTest.Of(onlyFirst, onlySecond);

        Assert.False(test.IsExact);
        Assert.Equal(statistic, test.Statistic!.Value, 1e-12);
        Assert.Equal(ChiSquared.Tail(statistic), test.PValue);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0.317310507862914)]
    [InlineData(3.841458820694124, 0.05)]
    [InlineData(6.634896601021213, 0.01)]
    [InlineData(10.827566170662733, 0.001)]
    [InlineData(18, 2.2090496998585e-5)] // erfc(3): where the two expansions meet
    [InlineData(50, 1.537459794428035e-12)]
    public void Tail_KnownPoints_EqualsTheTables(double value, double tail) => Assert.Equal(1, ChiSquared.Tail(value) / tail, 1e-7);

    [Fact]
    public void Of_Verdicts_CountsWhereOnlyOneIsRight()
    {
        var test = McNemarTest.Of([true, true, false, false, true], [true, false, true, false, false]);

        Assert.Equal((2, 1), (test.OnlyFirst, test.OnlySecond));
        Assert.Throws<DataException>(() => McNemarTest.Of([true], [true, false]));
        Assert.Throws<ArgumentOutOfRangeException>(() => McNemarTest.Of(-1, 2));
    }
}
