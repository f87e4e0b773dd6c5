using System.Globalization;
using Collimate.Comparison;
using Collimate.Data;

namespace Collimate.Cli.Commands;

/// <summary>A run that is to be done.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Recipe">The recipe's file.</param>
/// <param name="Seed">The seed; null for the timing of a few steps, which a time budget needs before.</param>
/// <param name="Folder">Where it is written.</param>
internal sealed record ComparedJob(string Name, string Recipe, int? Seed, string Folder);

/// <summary>The folders of a comparison: which runs are there, and which are not.</summary>
internal sealed class ComparedFolders(ComparisonOptions options, IReadOnlyList<string> recipes, IReadOnlyList<string> names)
{
    /// <summary>Refuses runs that are there but were made in another way.</summary>
    /// <exception cref="UsageException">A run was asked or trained otherwise than the options say now.</exception>
    public void Check()
    {
        for (var at = 0; at < recipes.Count; at++)
        {
            RunSettings? now = null;
            foreach (var seed in Enumerable.Range(1, options.Seeds).Where(seed => File.Exists(ResultOf(at, seed))))
            {
                if (RunResult.Load(ResultOf(at, seed)).Settings is { } then && then.Difference(now ??= RunSettings.Of(recipes[at], options)) is { } difference)
                {
                    throw new UsageException($"{FolderOf(at, seed)} was run in another way: {difference}. Compare in another --out, or delete the folder to train it again");
                }
            }

            if (options.TimeBudget is { } minutes && TimeBudget.Load(Path.Combine(options.Folder, names[at])) is { } budget && budget.Minutes != minutes)
            {
                throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"{Path.Combine(options.Folder, names[at])} has a budget of {budget.Minutes} min, and --time-budget is {minutes}; compare in another --out"));
            }
        }
    }

    /// <summary>What is to be done, seed after seed, so that every recipe has a result early.</summary>
    public IReadOnlyList<ComparedJob> Missing()
    {
        var jobs = new List<ComparedJob>();
        for (var at = 0; at < recipes.Count; at++)
        {
            if (options.TimeBudget is not null && TimeBudget.Load(Path.Combine(options.Folder, names[at])) is null)
            {
                jobs.Add(new ComparedJob($"{names[at]}, timing", recipes[at], null, Path.Combine(options.Folder, names[at])));
            }
        }

        for (var seed = 1; seed <= options.Seeds; seed++)
        {
            for (var at = 0; at < recipes.Count; at++)
            {
                if (!ComparedRun.IsComplete(FolderOf(at, seed)))
                {
                    jobs.Add(new ComparedJob($"{names[at]}, seed {seed}{(File.Exists(ResultOf(at, seed)) ? ", asked again: an older version kept no answers" : "")}", recipes[at], seed, FolderOf(at, seed)));
                }
            }
        }

        return jobs;
    }

    /// <summary>What is there so far, over the seeds that all recipes have; null where there is no such seed.</summary>
    /// <exception cref="DataException">A file is damaged.</exception>
    public ComparisonTable? Table()
    {
        int[] seeds = [.. Enumerable.Range(1, options.Seeds).Where(seed => Enumerable.Range(0, recipes.Count).All(at => ComparedRun.IsComplete(FolderOf(at, seed))))];
        return seeds.Length == 0 ? null : ComparisonTable.Of([.. names.Select((name, at) => ComparedRecipe.Load(options.Folder, name, recipes[at], seeds))]);
    }

    /// <summary>Writes the page and the figures of what is there so far.</summary>
    /// <returns>The page's path.</returns>
    public string Show(ComparisonCommands commands)
    {
        var page = Path.Combine(options.Folder, "compare.html");
        if (Table() is { } table)
        {
            ComparisonPage.Save(table, commands, page);
            ComparisonJson.Save(table, commands, Path.ChangeExtension(page, ".json"));
        }

        return page;
    }

    private string FolderOf(int recipe, int seed) => Path.Combine(options.Folder, names[recipe], string.Create(CultureInfo.InvariantCulture, $"seed-{seed}"));

    private string ResultOf(int recipe, int seed) => Path.Combine(FolderOf(recipe, seed), RunResult.FileName);
}
