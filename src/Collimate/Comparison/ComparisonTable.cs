using Collimate.Inspection;

namespace Collimate.Comparison;

/// <summary>Results of several seeds, gathered by recipe.</summary>
/// <param name="Rows">A row for each recipe, in the order they were named.</param>
public sealed record ComparisonTable(IReadOnlyList<ComparedRecipe> Rows)
{
    /// <summary>Gathers results.</summary>
    /// <param name="results">The results of each recipe, over its seeds.</param>
    public static ComparisonTable Of(IReadOnlyList<IReadOnlyList<RunResult>> results)
    {
        var baseline = results[0];
        return new ComparisonTable([.. results.Select((runs, at) => new ComparedRecipe(
            runs[0].Recipe, runs, at == 0 ? null : Paired(baseline, runs)))]);
    }

    // Seeds share their data, so the difference is taken seed by seed: what they have in common falls out.
    private static Spread? Paired(IReadOnlyList<RunResult> baseline, IReadOnlyList<RunResult> runs)
    {
        var differences = runs.Join(baseline, run => run.Seed, other => other.Seed, (run, other) => run.Mean("compositions") - other.Mean("compositions")).ToArray();
        return differences.Length == 0 ? null : Spread.Of(differences);
    }
}

/// <summary>One recipe over its seeds.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Runs">Its results.</param>
/// <param name="Gain">The difference in accuracy on held-out compositions to the first recipe, seed by seed; null for the first.</param>
public sealed record ComparedRecipe(string Name, IReadOnlyList<RunResult> Runs, Spread? Gain)
{
    /// <summary>The spread of a number over the seeds.</summary>
    public Spread Over(Func<RunResult, double> number) => Spread.Of([.. Runs.Select(number)]);

    /// <summary>The spread of a figure of alignment over the seeds; NaN where some run has none.</summary>
    public Spread Aligned(Func<AlignmentRanks, double> figure) => Over(run => run.AlignmentReport is { } report ? figure(report.Objects) : double.NaN);
}

/// <summary>Mean and spread of a few numbers.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Deviation">The sample's standard deviation; NaN for one number.</param>
/// <param name="Count">How many numbers.</param>
public readonly record struct Spread(double Mean, double Deviation, int Count)
{
    /// <summary>The spread of numbers.</summary>
    public static Spread Of(IReadOnlyList<double> numbers)
    {
        var mean = numbers.Average();
        return new Spread(mean, Math.Sqrt(numbers.Sum(n => (n - mean) * (n - mean)) / (numbers.Count - 1)), numbers.Count);
    }
}
