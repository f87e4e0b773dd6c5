using System.Globalization;
using Collimate.Evaluation;
using Collimate.Inspection;

namespace Collimate.Reports;

/// <summary>The page of an alignment report: which words visual tokens mean, how often the right ones, and how far pictures and text lie apart.</summary>
public static class AlignmentReportPage
{
    private const int ShownWords = 15;

    /// <summary>Lays the page out.</summary>
    /// <param name="report">The figures.</param>
    /// <param name="pictures">Scenes to look at.</param>
    /// <param name="model">What the model is called.</param>
    /// <param name="date">When it was measured.</param>
    public static HtmlReport Build(AlignmentReport report, IReadOnlyList<AlignmentPicture> pictures, string model, DateTimeOffset date)
    {
        var page = new HtmlReport
        {
            Title = $"Alignment of {model}",
            Kicker = "Collimate · vision and language in one line",
            Summary = Summarise(report),
            Facts = [date.ToString("d MMMM yyyy, HH:mm zzz", CultureInfo.InvariantCulture), $"{report.Scenes} scenes of {report.Split}", $"{report.Words:N0} words", $"{report.Use.Tokens:N0} visual tokens"],
        };
        AddHeadlines(page, report);
        AddPictures(page, pictures);
        if (report.Objects.Patches > 0)
        {
            page.AddSection(
                "accuracy", "How often the right word",
                "The words of the list are sorted by their cosine with a patch's visual token. Nearest: the true word is the first. Among five: it is one of the first five. Same group: the nearest word names something of the same group. The mean rank is the true word's place; 1 would be perfect.",
                AlignmentTables.Accuracy(report));
        }

        page.AddSection(
            "words", "Which words",
            "A model whose tokens all lie near the same few words says nothing by them. Recalled: of how many tokens it is the nearest word. Right: for how many of those it is the true one.",
            Words(report.Use));
        page.AddSection(
            "cosines", "How near",
            "Even the nearest word may be far away: then a visual token lies in a place of its own, which the decoder reads without its being a word.",
            Cosines(report.Cosines));
        page.AddSection(
            "gap", "How far apart",
            "Every vector counts with length one. The gap is the distance of the two clouds' centres, 0 to 2. Mixing is the share of the other kind among a vector's ten nearest, as a multiple of what chance would give: 0 apart, 1 mingled. Separability is how often a vector is nearer to its own kind's centre than to the other's: 50 % means that they cannot be told apart.",
            HtmlFragment.Join([GapCharts(report.Layers), AlignmentTables.Gaps(report)]));
        return page;
    }

    private static string Summarise(AlignmentReport report)
    {
        var gap = $"Between visual tokens and words lies a gap of {ReportText.Short(report.Embeddings.Distance)}.";
        return report.Objects.Patches == 0
            ? $"The connector's tokens do not stand for patches one by one, so there is no truth to judge their words by. {gap}"
            : $"Of {report.Objects.Patches:N0} patches that show something, {ReportText.Percent(report.Objects.TopOne)} mean its name; by chance it would be {Chance(report.Words)}. {gap}";
    }

    private static string Chance(int words) => string.Create(CultureInfo.InvariantCulture, $"{100.0 / words:0.#}\u202F%");

    private static void AddHeadlines(HtmlReport page, AlignmentReport report)
    {
        if (report.Objects.Patches > 0)
        {
            page.AddHeadline(ReportText.Percent(report.Objects.TopOne), "nearest word right", report.Unseen.Patches > 0 ? $"{ReportText.Percent(report.Unseen.TopOne)} for objects that training never showed" : "of object patches");
            page.AddHeadline(ReportText.Percent(report.Objects.TopFive), "right word among five", "of object patches");
            page.AddHeadline(ReportText.Short(report.Objects.MeanRank), "mean rank of the right word", FormattableString.Invariant($"by chance {(report.Words + 1) / 2.0:0.#}"));
        }

        page.AddHeadline($"{report.Use.Used}", "words recalled at all", FormattableString.Invariant($"of {report.Words:N0}; as varied as {report.Use.EffectiveWords:0.#} alike"));
        var layers = report.Layers.Count > 0 ? $"in the decoder from {ReportText.Short(report.Layers[0].Distance)} to {ReportText.Short(report.Layers[^1].Distance)}" : $"mixing {ReportText.Short(report.Embeddings.Mixing)}";
        page.AddHeadline(ReportText.Short(report.Embeddings.Distance), "gap between pictures and words", layers);
    }

    private static void AddPictures(HtmlReport page, IReadOnlyList<AlignmentPicture> pictures)
    {
        if (pictures.Count > 0)
        {
            page.AddSection(
                "patches", "What each patch means",
                "On each patch the word that its visual token is nearest to. Point at a patch for the cosine, the truth and the words that come next.",
                new AlignmentMapView { Pictures = pictures }.Render());
        }
    }

    private static HtmlFragment Words(WordUse use) => new BarTable
    {
        Caption = FormattableString.Invariant($"The {Math.Min(ShownWords, use.Frequent.Count)} words recalled most, of {use.Used} that are recalled at all"),
        RowHeading = "word",
        Columns = [("recalled", "share of all visual tokens whose nearest word it is"), ("right", "share of those tokens whose true word it is")],
        LastHeading = "tokens",
        MarksBest = false,
        Rows =
        [
            .. use.Frequent.Take(ShownWords).Select(word => new BarRow(word.Word, [(double)word.Recalled / use.Tokens, (double)word.Right / word.Recalled])
            {
                Last = word.Recalled.ToString("N0", CultureInfo.InvariantCulture),
            }),
        ],
    }.Render();

    private static HtmlFragment Cosines(CosineHistogram cosines) => new StackedHistogram
    {
        Title = "Cosine of a visual token with its nearest word",
        XLabel = "cosine",
        Edges = [.. Enumerable.Range(0, CosineHistogram.Bins + 1).Select(CosineHistogram.Start)],
        Series = [("right", cosines.Right), ("wrong", cosines.Wrong), ("ground or unknown", cosines.Other)],
    }.Render();

    private static HtmlFragment GapCharts(IReadOnlyList<ModalityGap> layers)
    {
        if (layers.Count == 0)
        {
            return HtmlFragment.Empty;
        }

        return HtmlFragment.Join(
        [
            Chart("Distance of the centres, layer by layer", "gap", ("gap", gap => gap.Distance)),
            Chart("Mean cosines, layer by layer", "cosine", ("among pictures", gap => gap.WithinVisual), ("among text", gap => gap.WithinText), ("across", gap => gap.Across)),
            Chart("Mixing and separability, layer by layer", "", ("mixing", gap => gap.Mixing), ("separability", gap => gap.Separability)),
        ]);

        HtmlFragment Chart(string title, string unit, params (string Name, Func<ModalityGap, double> Of)[] lines) => new LineChart
        {
            Title = title, XLabel = "after layer", YLabel = unit, Smoothing = 0,
            Series = [.. lines.Select(line => new ChartSeries(line.Name, [.. Enumerable.Range(0, layers.Count).Select(layer => (double)layer)], [.. layers.Select(line.Of)]))],
        }.Render();
    }
}
