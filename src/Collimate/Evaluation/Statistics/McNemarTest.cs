using Collimate.Data;

namespace Collimate.Evaluation.Statistics;

/// <summary>McNemar's test: do two models that answered the same questions differ in how many they answer rightly?</summary>
/// <remarks>
/// McNemar 1947. Only questions that exactly one of them answers rightly tell. Fewer than 25 of them: the exact binomial test, two-sided, twice the smaller tail and at most 1.
/// From 25 on: chi-squared with one degree of freedom and Edwards' continuity correction, (|b − c| − 1)² / (b + c).
/// </remarks>
public sealed record McNemarTest
{
    /// <summary>From so many questions that tell the approximation is used.</summary>
    public const int LargeEnough = 25;

    private McNemarTest(int onlyFirst, int onlySecond)
    {
        (OnlyFirst, OnlySecond) = (onlyFirst, onlySecond);
        var telling = checked(onlyFirst + onlySecond);
        IsExact = telling < LargeEnough;
        if (IsExact)
        {
            PValue = Binomial(telling, Math.Min(onlyFirst, onlySecond));
            return;
        }

        var apart = Math.Max(0.0, Math.Abs((double)onlyFirst - onlySecond) - 1);
        Statistic = apart * apart / telling;
        PValue = ChiSquared.Tail(Statistic.Value);
    }

    /// <summary>Questions that only the first answered rightly.</summary>
    public int OnlyFirst { get; }

    /// <summary>Questions that only the second answered rightly.</summary>
    public int OnlySecond { get; }

    /// <summary>How likely such a difference would be if both were equally good, 0 to 1.</summary>
    public double PValue { get; }

    /// <summary>Whether the exact test was used.</summary>
    public bool IsExact { get; }

    /// <summary>The corrected chi-squared; null where the exact test was used.</summary>
    public double? Statistic { get; }

    /// <summary>Tests two lists of verdicts.</summary>
    /// <param name="first">Whether the first model was right, a question each.</param>
    /// <param name="second">The same of the second, in the same order.</param>
    /// <exception cref="DataException">The lists differ in length.</exception>
    public static McNemarTest Of(IReadOnlyList<bool> first, IReadOnlyList<bool> second)
    {
        if (first.Count != second.Count)
        {
            throw new DataException("the answers", $"{first.Count} on one side and {second.Count} on the other; a paired test needs the same questions on both");
        }

        var pairs = first.Zip(second).ToArray();
        return new McNemarTest(pairs.Count(pair => pair is (true, false)), pairs.Count(pair => pair is (false, true)));
    }

    /// <summary>Tests two counts.</summary>
    /// <param name="onlyFirst">Questions that only the first answered rightly.</param>
    /// <param name="onlySecond">Questions that only the second answered rightly.</param>
    public static McNemarTest Of(int onlyFirst, int onlySecond)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(onlyFirst);
        ArgumentOutOfRangeException.ThrowIfNegative(onlySecond);
        return new McNemarTest(onlyFirst, onlySecond);
    }

    // Twice P(X <= fewer) of a fair coin thrown so often; below 25 throws every number here is exact in a double.
    private static double Binomial(int throws, int fewer)
    {
        var (tail, ways) = (0.0, 1.0);
        for (var heads = 0; heads <= fewer; heads++)
        {
            tail += ways;
            ways = ways * (throws - heads) / (heads + 1);
        }

        return Math.Min(1, 2 * tail / Math.Pow(2, throws));
    }
}
