using Collimate.Data;
using Collimate.Evaluation.Statistics;

namespace Collimate.Tests.Evaluation.Statistics;

public sealed class BootstrapTests
{
    private static readonly BootstrapOptions Many = new() { Resamples = 4000, Seed = 3 };

    // A share of n answers has the standard error √(p(1−p)/n); its interval is the binomial's, about ± 1.96 of that.
    [Theory]
    [InlineData(400, 0.5)]
    [InlineData(400, 0.9)]
    [InlineData(1000, 0.25)]
    public void OfMean_Share_HasTheBinomialsInterval(int count, double share)
    {
        var right = (int)(count * share);
        var interval = BootstrapInterval.OfMean([.. Enumerable.Range(0, count).Select(k => k < right ? 1.0 : 0)], Many);

        var error = 1.959964 * Math.Sqrt(share * (1 - share) / count);
        Assert.Equal(share, interval.Estimate, 1e-12);
        Assert.Equal(share - error, interval.Low, error * 0.12);
        Assert.Equal(share + error, interval.High, error * 0.12);
    }

    [Fact]
    public void OfMean_AllAlike_HasNoWidth() => Assert.Equal(new BootstrapInterval(0.25, 0.25, 0.25), BootstrapInterval.OfMean([0.25, 0.25, 0.25]));

    [Fact]
    public void Of_SameSeed_IsTheSame_OtherSeed_IsNot()
    {
        double[] values = [.. Enumerable.Range(0, 50).Select(k => k % 7 / 6.0)];

        Assert.Equal(BootstrapInterval.OfMean(values), BootstrapInterval.OfMean(values, new BootstrapOptions { Seed = 1 }));
        Assert.NotEqual(BootstrapInterval.OfMean(values), BootstrapInterval.OfMean(values, new BootstrapOptions { Seed = 2 }));
    }

    [Fact]
    public void Of_Groups_DrawsThemWhole()
    {
        // Twenty pictures with fifty like answers each: as uncertain as twenty answers, not as a thousand.
        var units = Enumerable.Range(0, 20).Select(k => new[] { k % 2 == 0 ? 50.0 : 0, 50 }).ToArray();

        var interval = BootstrapInterval.Of(units, sums => [sums[0] / sums[1]], Many)[0];

        Assert.InRange(interval.High - interval.Low, 0.35, 0.5); // 2 · 1.96 · √(1/4 / 20) = 0.44; a thousand answers would give 0.06
    }

    [Fact]
    public void OfMeans_SameScores_DifferByNothing()
    {
        double[] scores = [1, 0, 1, 1, 0];

        Assert.Equal(new PairedBootstrap(0, 0, 0, 1), PairedBootstrap.OfMeans(scores, scores));
    }

    [Fact]
    public void OfMeans_Differences_HaveTheirOwnStandardError()
    {
        // 60 better, 40 worse, 300 alike: mean 0.05, variance (100/400 − 0.05²), the error of the mean √(0.2475/400) = 0.02487; z = 2.01, p = 0.044.
        double[] first = [.. Enumerable.Range(0, 400).Select(k => k < 60 ? 1.0 : 0)];
        double[] second = [.. Enumerable.Range(0, 400).Select(k => k is >= 60 and < 100 ? 1.0 : 0)];

        var test = PairedBootstrap.OfMeans(first, second, Many);

        Assert.Equal(0.05, test.Difference, 1e-12);
        Assert.Equal(0.05 - (1.96 * 0.02487), test.Low, 0.006);
        Assert.Equal(0.05 + (1.96 * 0.02487), test.High, 0.006);
        Assert.InRange(test.PValue, 0.025, 0.075);
        var other = PairedBootstrap.OfMeans(second, first, Many);
        Assert.Equal(-test.Difference, other.Difference);
        Assert.Equal(test.PValue, other.PValue, 0.01);
    }

    [Fact]
    public void OfMeans_AlwaysBetter_HasTheSmallestP() =>
        Assert.Equal(2.0 / 1001, PairedBootstrap.OfMeans([.. Enumerable.Repeat(1.0, 30)], [.. Enumerable.Repeat(0.0, 30)]).PValue, 1e-12);

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Of_NotFinite_IsRefused(double value)
    {
        Assert.Contains("score 2", Assert.Throws<DataException>(() => BootstrapInterval.OfMean([1, value])).Message, StringComparison.Ordinal);
        Assert.Throws<DataException>(() => PairedBootstrap.OfMeans([1, 0], [1, value]));
    }

    [Fact]
    public void Of_NothingOrUnequal_IsRefused()
    {
        Assert.Throws<DataException>(() => BootstrapInterval.OfMean([]));
        Assert.Contains("2 on one side and 1", Assert.Throws<DataException>(() => PairedBootstrap.OfMeans([1, 0], [1])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => BootstrapInterval.OfMean([1], new BootstrapOptions { Resamples = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => BootstrapInterval.OfMean([1], new BootstrapOptions { Level = 1 }));
    }
}
