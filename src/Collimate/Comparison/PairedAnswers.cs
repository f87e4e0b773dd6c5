using Collimate.Evaluation.Statistics;

namespace Collimate.Comparison;

/// <summary>McNemar's test on the answers of two recipes to the same questions, all seeds together.</summary>
/// <remarks>
/// <see cref="McNemarTest"/> takes questions for independent of one another; those about one scene, and the same one with several seeds, are not quite, so a p-value just below a bound says little.
/// </remarks>
/// <param name="Questions">How many questions both were asked.</param>
/// <param name="Gained">Those that the first recipe answers wrongly and this one rightly.</param>
/// <param name="Lost">Those that the first recipe answers rightly and this one wrongly.</param>
/// <param name="P">The two-sided p-value.</param>
public sealed record PairedAnswers(int Questions, int Gained, int Lost, double P)
{
    /// <summary>Tests answers.</summary>
    /// <param name="pairs">Whether the first recipe was right, and whether this one was.</param>
    public static PairedAnswers Of(IEnumerable<(bool First, bool This)> pairs)
    {
        var (questions, gained, lost) = (0, 0, 0);
        foreach (var (first, other) in pairs)
        {
            questions++;
            gained += !first && other ? 1 : 0;
            lost += first && !other ? 1 : 0;
        }

        return new PairedAnswers(questions, gained, lost, McNemarTest.Of(lost, gained).PValue);
    }
}
