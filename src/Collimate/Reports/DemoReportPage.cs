using System.Globalization;

namespace Collimate.Reports;

/// <summary>The page of a demo run: what came out in ten seconds, and everything behind it below.</summary>
public static class DemoReportPage
{
    /// <summary>Writes the page; the file appears whole or not at all.</summary>
    /// <param name="report">What to show.</param>
    /// <param name="path">The file to make or replace.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(DemoReport report, string path) => Build(report).Save(path);

    /// <summary>Lays the page out.</summary>
    /// <param name="report">What to show.</param>
    public static HtmlReport Build(DemoReport report)
    {
        var page = new HtmlReport { Title = report.Name, Kicker = "Collimate · vision and language in one line", Summary = Summarise(report), Facts = Facts(report) };
        AddHeadlines(page, report);
        AddGallery(page, report);
        AddAccuracy(page, report);
        AddAlignment(page, report);
        AddTraining(page, report);
        AddRecipe(page, report);
        return page;
    }

    private static string Summarise(DemoReport report)
    {
        var opening = $"A small model learnt to see in {ReportText.Duration(report.Duration)}: ";
        if (report.Accuracy is not [{ Kinds.Count: > 0 } split, ..])
        {
            return opening + "a vision encoder and a language model that had never met were brought into one line.";
        }

        var mean = split.Mean;
        var blank = mean.Blank is { } share ? $" Shown a blank picture instead, it gets {ReportText.Percent(share)}; the difference is what it sees." : "";
        return $"{opening}of {mean.Questions.ToString("N0", CultureInfo.InvariantCulture)} questions about pictures it had never met, it answers {ReportText.Percent(mean.Model)} right (mean over {split.Kinds.Count} kinds).{blank}";
    }

    private static List<string> Facts(DemoReport report) =>
    [
        report.Date.ToString("d MMMM yyyy, HH:mm zzz", CultureInfo.InvariantCulture),
        report.Hardware,
        .. report.Versions.Select(version => $"{version.Library} {version.Version}"),
    ];

    private static void AddHeadlines(HtmlReport page, DemoReport report)
    {
        if (report.Accuracy is [{ Kinds.Count: > 0 } split, ..])
        {
            var mean = split.Mean;
            page.AddHeadline(ReportText.Percent(mean.Model), "of answers right", split.Title.ToLowerInvariant());
            if (mean.Blank is { } blank)
            {
                page.AddHeadline(ReportText.Points(mean.Model - blank), "from looking", $"the same model, fed a blank picture: {ReportText.Percent(blank)}");
            }
        }

        if (report.AlignmentAccuracy is { } aligned)
        {
            var before = report.AlignmentAccuracyBefore is { } share ? $"before training: {ReportText.Percent(share)}"
                : report.Alignment is { } measured ? $"for {ReportText.Percent(measured.Objects.TopFive)} it is among the five nearest"
                : "alignment accuracy";
            page.AddHeadline(ReportText.Percent(aligned), "of object patches mean the right word", before);
        }

        page.AddHeadline(ReportText.Duration(report.Duration), "of training", report.Training.Count == 0 ? "" : $"{report.Training.Sum(series => series.LastStep):N0} steps");
    }

    private static void AddGallery(HtmlReport page, DemoReport report)
    {
        if (report.Gallery.Count > 0)
        {
            page.AddSection(
                "answers", "What it says",
                "The same questions before and after training, about pictures that training never showed. ✓ marks a right answer, ✗ a wrong one.",
                new SceneGallery { Items = report.Gallery }.Render());
        }
    }

    private static void AddAccuracy(HtmlReport page, DemoReport report)
    {
        if (report.Accuracy.Count > 0)
        {
            page.AddSection(
                "accuracy", "How often it is right",
                "Many questions can be answered by guessing well. So each kind stands beside three ways of answering without looking; the upright mark in the model's bar is the best of them, and only what lies beyond it was seen.",
                HtmlFragment.Join(report.Accuracy.Select(Split)));
        }
    }

    private static HtmlFragment Split(SplitAccuracy split) => HtmlFragment.Of($"""
        <h3>{split.Title}</h3>
        {new BarTable
        {
            Caption = split.Meaning,
            RowHeading = "kind of question",
            Columns =
            [
                ("model", "the trained model"),
                ("fed a blank picture", "the same model, with an empty picture in place of each"),
                ("trained blind", "a model trained in the same way on empty pictures"),
                ("majority answer", "always the most frequent answer of the kind"),
            ],
            LastHeading = "questions",
            Rows = [.. split.Kinds.Select(kind => Row(kind, false)), Row(split.Mean, true)],
        }.Render()}
        """);

    private static BarRow Row(KindAccuracy kind, bool isSummary) => new(kind.Kind, [kind.Model, kind.Blank, kind.Blind, kind.Majority])
    {
        Example = kind.Example,
        Last = kind.Questions.ToString("N0", CultureInfo.InvariantCulture),
        IsSummary = isSummary,
    };

    private static void AddAlignment(HtmlReport page, DemoReport report)
    {
        if (report.AlignmentMaps.Count > 0)
        {
            page.AddSection(
                "alignment", "What each patch means",
                "The connector turns each patch of a picture into a visual token that the language model reads like a word. Which word of its vocabulary is nearest? Where vision and language are in line, it is the name of what the patch shows. Point at a patch for the cosine and the truth.",
                HtmlFragment.Join([new AlignmentMapView { Pictures = report.AlignmentMaps }.Render(), .. report.Alignment is { } measured ? [AlignmentTables.Accuracy(measured)] : Array.Empty<HtmlFragment>()]));
        }
    }

    private static void AddTraining(HtmlReport page, DemoReport report)
    {
        if (report.Training.Count == 0)
        {
            return;
        }

        var series = new List<ChartSeries>();
        long done = 0;
        foreach (var stage in report.Training)
        {
            var start = done;
            string[] notes = [stage.Learns.Length > 0 ? $"learns: {stage.Learns}" : "", stage.Duration is { } took ? ReportText.Duration(took) : ""];
            series.Add(new ChartSeries(stage.Stage, [.. stage.Steps.Select(step => (double)(start + step))], stage.Losses) { Note = string.Join(", ", notes.Where(note => note.Length > 0)) });
            done += stage.LastStep;
        }

        page.AddSection(
            "training", "How it learnt",
            "The loss is how surprised the model is by each right answer, in nats a token: 0 would be certainty. Faint lines are single steps, strong lines their running mean.",
            new LineChart { Title = "Training loss, stage after stage", XLabel = "step", YLabel = "loss", Series = series }.Render());
    }

    private static void AddRecipe(HtmlReport page, DemoReport report)
    {
        var commands = report.NextCommands.Count == 0 ? HtmlFragment.Empty : HtmlFragment.Of($"""
            <h3>Go on</h3>
            <pre>{string.Join('\n', report.NextCommands)}</pre>
            """);
        var recipe = report.RecipeYaml.Length == 0 ? HtmlFragment.Empty : HtmlFragment.Of($"""
            <details><summary>The whole recipe</summary>
            <pre>{report.RecipeYaml}</pre></details>
            """);
        if (!commands.IsEmpty || !recipe.IsEmpty)
        {
            page.AddSection(
                "recipe", "The recipe",
                "A run is a file: one choice at each of the model's seven seams, and the stages it is trained in.",
                HtmlFragment.Join([recipe, commands]));
        }
    }
}
