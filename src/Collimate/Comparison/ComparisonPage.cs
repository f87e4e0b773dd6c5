using System.Globalization;
using Collimate.Reports;

namespace Collimate.Comparison;

/// <summary>The page of a comparison: who answered what over how many seeds and how surely, how it came about, at what cost, and what each model makes of the same pictures.</summary>
public static class ComparisonPage
{
    /// <summary>Writes the page; the file appears whole or not at all.</summary>
    /// <param name="table">The comparison.</param>
    /// <param name="commands">The commands that repeat its figures.</param>
    /// <param name="path">The file.</param>
    public static void Save(ComparisonTable table, ComparisonCommands commands, string path) => Build(table, commands).Save(path);

    /// <summary>Lays the page out.</summary>
    /// <param name="table">The comparison.</param>
    /// <param name="commands">The commands that repeat its figures.</param>
    public static HtmlReport Build(ComparisonTable table, ComparisonCommands commands)
    {
        table = new ComparisonTable([.. table.Rows.Zip(Shortened([.. table.Rows.Select(row => row.Name)]), (row, name) => row with { Name = name })]);
        var seeds = table.Rows.Max(row => row.Runs.Count);
        var page = new HtmlReport
        {
            Title = table.Rows.Count == 1 ? table.Rows[0].Name : $"{table.Rows[0].Name}, and {(table.Rows.Count == 2 ? table.Rows[1].Name : $"{table.Rows.Count - 1} others")}",
            Kicker = "Collimate · comparison",
            Summary = $"Each recipe was trained {(seeds == 1 ? "once" : $"{seeds} times")}, with seeds and data in common, and asked the same questions about pictures it had never met.",
            Facts =
            [
                DateTimeOffset.Now.ToString("d MMMM yyyy, HH:mm zzz", CultureInfo.InvariantCulture), $"{commands.Options.Scenes} scenes of each split",
                commands.Options.TimeBudget is { } minutes ? string.Create(CultureInfo.InvariantCulture, $"{minutes} min of processor time a run") : commands.Options.MaxSteps is { } most ? $"at most {most} steps a stage" : "the recipes' own steps",
                $"collimate {typeof(CollimateException).Assembly.GetName().Version!.ToString(3)}", $"libtorch {Torch.TorchRuntime.Version}", $".NET {Environment.Version}",
            ],
        };
        foreach (var row in table.Rows)
        {
            page.AddHeadline(ComparedFigure.Compositions.Text(row.Over(ComparedFigure.Compositions.Of)), row.Name, row.Gain is { } gain ? $"{ComparisonFigures.Points(gain.Mean)} against the first" : "the first, which the others are compared with");
        }

        AddFigures(page, table, commands);
        ComparisonExamples.Add(page, table, commands);
        page.AddSection("cost", "What it took", "Parameters, data, time and memory. Time is of the training steps alone, without judging and asking; memory is the largest resident size of the training process. Means over the seeds.", ComparisonFigures.Costs(table));
        return page.AddSection("again", "Again", "One command repeats all of this; what is there already is not done again. Below it, the training of each run alone, which gives the same weights on the same machine.", Commands(table, commands));
    }

    /// <summary>A command in a page.</summary>
    internal static HtmlFragment Command(string command) => HtmlFragment.Of($"""<p class="command">To repeat:<code tabindex="0">{command}</code></p>""");

    /// <summary>Names without the words that all of them end in: "LLaVA on scenes" and "SEA on scenes" are LLaVA and SEA.</summary>
    internal static IReadOnlyList<string> Shortened(IReadOnlyList<string> names)
    {
        var words = names.Select(name => name.Split(' ')).ToArray();
        var shared = 0;
        while (names.Count > 1 && words.All(name => name.Length > shared + 1) && words.Select(name => name[^(shared + 1)]).Distinct().Count() == 1)
        {
            shared++;
        }

        return [.. words.Select(name => string.Join(' ', name[..^shared]))];
    }

    private static void AddFigures(HtmlReport page, ComparisonTable table, ComparisonCommands commands)
    {
        var tested = table.Rows.Count == 1 ? "" : " Differences are taken seed by seed. Would one show again with other seeds (p by a paired t-test), and with other questions (p by McNemar's test; it takes questions for independent, which those about one scene are not quite)? What fails the first may be the luck of a seed.";
        page.AddSection("result", "Right answers", $"The share of questions about held-out compositions that are answered exactly, the mean over the kinds of questions; ± is the standard deviation over seeds.{tested}", HtmlFragment.Join([ComparisonFigures.Result(table), Command(commands.Whole)]));
        page.AddSection("kinds", "By kind of question", "All methods side by side on held-out compositions. The thin dark line is one standard deviation over seeds to either side.", ComparisonCharts.Kinds(table));
        page.AddSection("answers", "What kind of answers", "Seeing and thinking, inventing, and how the decoder's language fares: the perplexity of its answers about scenes told in words, before and after training.", ComparisonFigures.Answers(table));
        if (ComparisonCharts.HasCurves(table))
        {
            page.AddSection("learning", "How they learnt", "Accuracy on scenes kept for validation while training; the band is one standard deviation over seeds.", ComparisonCharts.Curves(table));
        }

        page.AddSection("losses", "Losses", "Stage by stage, the mean over seeds of each run's smoothed loss; the band is one standard deviation over them.", ComparisonCharts.Losses(table));
        page.AddSection(
            "alignment", "Alignment and answers", "Does a model whose visual tokens lie near the right words answer better? Each small dot is a run, each large one a recipe. A decoder may learn to read tokens that resemble no word: then the dots lie high at the left.",
            HtmlFragment.Join([ComparisonCharts.AlignmentAndAnswers(table), ComparisonFigures.Alignment(table), Command(commands.Alignment(table.Rows[^1]))]));
    }

    private static HtmlFragment Commands(ComparisonTable table, ComparisonCommands commands) => HtmlFragment.Of($"""
        <pre>{commands.Whole}</pre>
        <details><summary>Each run alone</summary>
        {HtmlFragment.Join(table.Rows.Where(row => File.Exists(row.Path)).SelectMany(row => row.Runs.Select(run => HtmlFragment.Of($"""<p class="command">{row.Name}, seed {run.Seed}<code tabindex="0">{commands.Training(row, run)}</code></p>"""))))}
        </details>
        """);
}
