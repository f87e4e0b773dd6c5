using Collimate.Evaluation.Statistics;
using Collimate.Inspection;

namespace Collimate.Comparison;

/// <summary>Results of several seeds, gathered by recipe.</summary>
/// <param name="Rows">A row for each recipe, in the order they were named; the others are compared with the first.</param>
public sealed record ComparisonTable(IReadOnlyList<ComparedRecipe> Rows)
{
    /// <summary>Gathers results that have no folder.</summary>
    /// <param name="results">The results of each recipe, over its seeds.</param>
    public static ComparisonTable Of(IReadOnlyList<IReadOnlyList<RunResult>> results) =>
        Of([.. results.Select(runs => new ComparedRecipe(runs[0].Recipe, runs))]);

    /// <summary>Gathers recipes and tests each against the first, over the seeds that both have.</summary>
    /// <param name="recipes">The recipes with their runs.</param>
    public static ComparisonTable Of(IReadOnlyList<ComparedRecipe> recipes)
    {
        var first = recipes[0];
        var alike = recipes.CountBy(recipe => recipe.Name).Where(name => name.Value > 1).Select(name => name.Key).ToHashSet();
        return new ComparisonTable([.. recipes.Select((recipe, at) => Tested(recipe with { Name = alike.Contains(recipe.Name) && recipe.Folder.Length > 0 ? $"{recipe.Name} ({recipe.Folder})" : recipe.Name }, at == 0 ? null : first))]);
    }

    // Seeds share their data and questions, so differences are taken seed by seed and question by question: what runs have in common falls out.
    private static ComparedRecipe Tested(ComparedRecipe recipe, ComparedRecipe? first)
    {
        if (first is null)
        {
            return recipe;
        }

        var differences = recipe.Runs.Join(first.Runs, run => run.Seed, other => other.Seed, (run, other) => run.Mean("compositions") - other.Mean("compositions")).ToArray();
        var pairs = recipe.Answers.Where(seed => first.Answers.ContainsKey(seed.Key)).SelectMany(seed => Pairs(first.Answers[seed.Key], seed.Value)).ToArray();
        return recipe with
        {
            Gain = differences.Length == 0 ? null : Spread.Of(differences),
            OverSeeds = differences.Length == 0 ? null : PairedTTest.Of(differences),
            OverAnswers = pairs.Length == 0 ? null : PairedAnswers.Of(pairs),
        };
    }

    private static IEnumerable<(bool First, bool This)> Pairs(IReadOnlyList<RunAnswer> first, IReadOnlyList<RunAnswer> other) =>
        first.Where(answer => answer.Split == "compositions").Join(
            other.Where(answer => answer.Split == "compositions"), answer => (answer.Scene, answer.Number, answer.Question), answer => (answer.Scene, answer.Number, answer.Question), (one, two) => (one.Right, two.Right));
}

/// <summary>One recipe over its seeds.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Runs">Its results.</param>
public sealed record ComparedRecipe(string Name, IReadOnlyList<RunResult> Runs)
{
    /// <summary>The folder of its runs, within the comparison's.</summary>
    public string Folder { get; init; } = "";

    /// <summary>The recipe's file, as it was named.</summary>
    public string Path { get; init; } = "";

    /// <summary>The difference in accuracy on held-out compositions to the first recipe, seed by seed; null for the first.</summary>
    public Spread? Gain { get; init; }

    /// <summary>Whether that difference would show again with other seeds; null for the first.</summary>
    public PairedTTest? OverSeeds { get; init; }

    /// <summary>Whether it would show again with other questions; null for the first, and where no answers were kept.</summary>
    public PairedAnswers? OverAnswers { get; init; }

    /// <summary>Every answer of every seed.</summary>
    public IReadOnlyDictionary<int, IReadOnlyList<RunAnswer>> Answers { get; init; } = new Dictionary<int, IReadOnlyList<RunAnswer>>();

    /// <summary>What the first seed's model sees in the scenes that all models are shown; null where it was not kept.</summary>
    public RunLook? Look { get; init; }

    /// <summary>Reads the finished runs of a recipe.</summary>
    /// <param name="folder">The comparison's folder.</param>
    /// <param name="name">The folder of the recipe's runs in it.</param>
    /// <param name="path">The recipe's file.</param>
    /// <param name="seeds">The seeds that are finished.</param>
    public static ComparedRecipe Load(string folder, string name, string path, IReadOnlyList<int> seeds)
    {
        string Of(int seed) => System.IO.Path.Combine(folder, name, FormattableString.Invariant($"seed-{seed}"));
        RunResult[] runs = [.. seeds.Select(seed => RunResult.Load(System.IO.Path.Combine(Of(seed), RunResult.FileName)))];
        return new ComparedRecipe(runs[0].Recipe, runs)
        {
            Folder = name, Path = path, Look = RunLook.Load(Of(seeds[0])),
            Answers = seeds.Select(seed => (seed, Answers: RunAnswer.Load(Of(seed)))).Where(seed => seed.Answers.Count > 0).ToDictionary(seed => seed.seed, seed => seed.Answers),
        };
    }

    /// <summary>The spread of a number over the seeds.</summary>
    public Spread Over(Func<RunResult, double> number) => Spread.Of([.. Runs.Select(number)]);

    /// <summary>The spread of a figure of alignment over the seeds; NaN where some run has none.</summary>
    public Spread Aligned(Func<AlignmentRanks, double> figure) => Over(run => run.AlignmentReport is { } report ? figure(report.Objects) : double.NaN);
}
