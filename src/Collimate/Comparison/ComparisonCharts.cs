using Collimate.Evaluation;
using Collimate.Evaluation.Statistics;
using Collimate.Reports;

namespace Collimate.Comparison;

/// <summary>The charts of a comparison's page; a recipe has the same colour in all of them.</summary>
internal static class ComparisonCharts
{
    private const double Smoothing = 0.03;

    /// <summary>Right answers by kind, all recipes side by side.</summary>
    public static HtmlFragment Kinds(ComparisonTable table)
    {
        MethodBarGroup Group(string name, Func<RunResult, double> of, bool isSummary = false) =>
            new(name, [.. table.Rows.Select(row => row.Over(of)).Select(spread => (spread.Mean, spread.Deviation))]) { IsSummary = isSummary };

        return new MethodBars
        {
            Methods = [.. table.Rows.Select(row => row.Name)],
            Groups =
            [
                Group("mean of all kinds", run => run.Mean("compositions"), isSummary: true),
                .. Enum.GetValues<QuestionGroup>().Select(group => Group($"mean of {group}".ToLowerInvariant(), run => run.Mean("compositions", group), isSummary: true)).Where(group => double.IsFinite(group.Shares[0].Share)),
                .. table.Rows[0].Runs[0].Accuracy["compositions"].Keys.Order(StringComparer.Ordinal).Select(kind => Group(Words(kind), run => run.Accuracy["compositions"].GetValueOrDefault(kind, double.NaN))),
            ],
        }.Render();
    }

    /// <summary>Whether some run was judged while it trained.</summary>
    public static bool HasCurves(ComparisonTable table) => table.Rows.Any(row => row.Runs.Any(run => run.Curves.Count > 0));

    /// <summary>Accuracy on validation scenes over all stages.</summary>
    public static HtmlFragment Curves(ComparisonTable table) => new LineChart
    {
        Title = "Accuracy on validation scenes", XLabel = "step", YLabel = "accuracy", Smoothing = 0,
        Series = [.. table.Rows.Select(row => Band(row.Name, [.. row.Runs.Select(Curve)]))],
    }.Render();

    /// <summary>The losses, a chart for every stage.</summary>
    public static HtmlFragment Losses(ComparisonTable table) => HtmlFragment.Join(
        table.Rows.SelectMany(row => row.Runs[0].Losses.Keys).Distinct().Select(stage => new LineChart
        {
            Title = stage, XLabel = "step", YLabel = "loss", Smoothing = 0,
            Series = [.. table.Rows.Select(row => Band(row.Name, [.. row.Runs.Where(run => run.Losses.ContainsKey(stage)).Select(run => Smoothed(run.Losses[stage]))]))],
        }.Render()));

    /// <summary>Alignment accuracy across, right answers upwards.</summary>
    public static HtmlFragment AlignmentAndAnswers(ComparisonTable table) => new ScatterChart
    {
        Title = "Right answers by alignment accuracy", XLabel = "alignment accuracy (share of object patches)", YLabel = "right answers (share)",
        Series = [.. table.Rows.Select(row => (row.Name, (IReadOnlyList<(double, double)>)[.. row.Runs.Select(run => (run.Alignment ?? double.NaN, run.Mean("compositions")))]))],
    }.Render();

    /// <summary>"WhatIsAt" as "what is at".</summary>
    internal static string Words(string kind) => string.Concat(kind.Select((letter, at) => at > 0 && char.IsUpper(letter) ? $" {char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}"));

    private static (double X, double Y)[] Curve(RunResult run)
    {
        var (points, before) = (new List<(double, double)>(), 0);
        foreach (var (stage, losses) in run.Losses)
        {
            points.AddRange(run.Curves.TryGetValue(stage, out var curve) ? curve.Select(point => ((double)before + point.Step, point.Accuracy)) : []);
            before += losses.Count;
        }

        return [.. points];
    }

    private static (double X, double Y)[] Smoothed(IReadOnlyList<double> losses)
    {
        (double, double)[] finite = [.. losses.Select((loss, at) => (at + 1.0, loss)).Where(point => double.IsFinite(point.loss))];
        return ChartSeries.Smooth(finite, (int)Math.Round(Smoothing * finite.Length));
    }

    // Mean and deviation where all runs have a point.
    private static ChartSeries Band(string name, (double X, double Y)[][] runs)
    {
        var at = runs.SelectMany(points => points).GroupBy(point => point.X, point => point.Y).Where(place => place.Count() == runs.Length).OrderBy(place => place.Key).ToArray();
        var spreads = at.Select(place => Spread.Of([.. place])).ToArray();
        double[] Edge(int sign) => runs.Length < 2 ? [] : [.. spreads.Select(spread => spread.Mean + (sign * spread.Deviation))];
        return new ChartSeries(name, [.. at.Select(place => place.Key)], [.. spreads.Select(spread => spread.Mean)]) { Lower = Edge(-1), Upper = Edge(1), Note = at.Length == 0 ? "(none)" : "" };
    }
}
