using System.Globalization;
using Collimate.Semantics.Labels;

namespace Collimate.Reports;

/// <summary>A page on a file of labels: SEA's figure on word lists, and what is kept.</summary>
public static class LabelPage
{
    /// <summary>Writes the page.</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <param name="statistics">What the labels amount to.</param>
    /// <param name="origin">What they come from.</param>
    public static void Save(string path, LabelStatistics statistics, LabelOrigin origin)
    {
        var page = new HtmlReport
        {
            Title = "Words of patches",
            Summary = "What a dual encoder takes the patches of pictures for: how alike words and patches are, and which words label something.",
            Facts =
            [
                $"encoder {origin.Encoder[..12]}", $"similarity {origin.Similarity.ToString().ToLowerInvariant()}", $"{statistics.Words:N0} words ({origin.Words[..12]})",
                $"{origin.Rows} x {origin.Columns} patches", $"at most {origin.Top} words a patch", string.Join(", ", origin.Templates.Select(template => $"\"{template}\"")),
            ],
        };
        page.AddHeadline(statistics.Pictures.ToString("N0", CultureInfo.InvariantCulture), "pictures", $"{ReportText.Percent(statistics.LabelledPatches)} of their patches have a word");
        page.AddHeadline(ReportText.Percent(statistics.WordsUsed), "of the words used");
        page.AddHeadline(ReportText.Percent(statistics.WordsBelowZero), "of the words below 0", "their mean over all patches");
        page.AddHeadline(ReportText.Percent(statistics.DroppedCandidates), "of the candidates dropped", "not above 0");
        page.AddSection(
            "words", "Mean score of every word", "Each word's similarity with all patches of all pictures, averaged. A word below 0 is unlike the patch on average; it may still be the best of some.",
            Of(statistics.WordAverages, "Words by their mean score", "mean score over all patches", [(0, ""), (statistics.MeanScore, "mean")]));
        page.AddSection(
            "kept", "Scores of the kept labels", "The similarities of the words that patches were given.",
            Of(statistics.KeptScores, "Kept labels by their score", "score", statistics.MeanKept is { } mean ? [(mean, "mean")] : []));
        if (statistics.MostUsed.Count > 0)
        {
            page.AddSection("used", "Words used most", "The share of labelled patches that have the word.", new BarTable
            {
                Caption = "Words used most", RowHeading = "word", Columns = [("patches", "the share of labelled patches that have the word")],
                Rows = [.. statistics.MostUsed.Select(word => new BarRow(word.Word, [word.Share]))],
            }.Render());
        }

        page.Save(path);
    }

    private static HtmlFragment Of(ValueCounts counts, string title, string label, (double, string)[] marks) =>
        new Histogram { Title = title, XLabel = label, Low = counts.Low, BinWidth = counts.BinWidth, Counts = counts.Counts, Marks = marks }.Render();
}
