using System.Xml.Linq;
using Collimate.Reports;

namespace Collimate.Tests.Reports;

/// <summary>What charts have in common, and the kinds that comparisons are drawn with.</summary>
public sealed class ChartTests
{
    [Fact]
    public void Charts_OfEveryKind_StandInTheSameFrame()
    {
        string[] charts =
        [
            new LineChart { Title = "t", XLabel = "x", YLabel = "y", Series = [new ChartSeries("a", [0, 4], [0, 8])] }.Render().ToString(),
            new ScatterChart { Title = "t", XLabel = "x", YLabel = "y", Series = [("a", [(0, 0), (4, 8)])] }.Render().ToString(),
            new Histogram { Title = "t", XLabel = "x", Low = 0, BinWidth = 1, Counts = [1, 0, 0, 1] }.Render().ToString(),
            new StackedHistogram { Title = "t", XLabel = "x", Edges = [0, 1, 2, 3, 4], Series = [("a", [1, 0, 0, 1])] }.Render().ToString(),
        ];

        var places = charts.Select(chart => XElement.Parse(chart).Descendants("text").Where(text => ((string?)text.Attribute("class"))?.StartsWith("across", StringComparison.Ordinal) == true)
            .Where(text => text.Value is "0" or "4").Select(text => (text.Value, (string?)text.Attribute("x"))).ToArray()).ToArray();

        Assert.All(places, marks => Assert.Equal(places[0], marks));
        Assert.Equal(2, places[0].Length);
    }

    [Fact]
    public void LineChart_WithABand_DrawsItBehindTheLineAndMakesRoomForIt()
    {
        var chart = new LineChart { Title = "t", XLabel = "x", YLabel = "y", Smoothing = 0, Series = [new ChartSeries("a", [1, 2, 3], [1, 2, 3]) { Lower = [0, 1, 2], Upper = [2, 3, 9] }] };

        var svg = XElement.Parse(chart.Render().ToString()).Element("svg")!;

        Assert.Equal(["band s0", "line s0"], svg.Elements("path").Select(path => (string)path.Attribute("class")!));
        Assert.Equal("10", svg.Descendants("text").Where(text => (string?)text.Attribute("text-anchor") == "end").Select(text => text.Value).Where(text => double.TryParse(text, out _)).MaxBy(double.Parse));
        Assert.Throws<InvalidOperationException>(() => new LineChart { Title = "t", XLabel = "x", YLabel = "y", Series = [new ChartSeries("a", [1], [1]) { Lower = [0] }] }.Render());
    }

    [Fact]
    public void Scatter_PointsThatAreNotFinite_AreLeftOutAndNamed()
    {
        var chart = new ScatterChart { Title = "t", XLabel = "x", YLabel = "y", Series = [("a", [(0.1, 0.2), (0.3, 0.4)]), ("b", [(double.NaN, 1)])] }.Render().ToString();

        var figure = XElement.Parse(chart);
        Assert.Equal(3, figure.Element("svg")!.Elements("circle").Count()); // two runs and their mean
        Assert.Contains("b (not measured)", string.Join(' ', figure.Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Contains("no values", new ScatterChart { Title = "t", XLabel = "x", YLabel = "y", Series = [("b", [(double.NaN, 1)])] }.Render().ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void MethodBars_Groups_MarkTheBestAndTheSpread()
    {
        var bars = new MethodBars { Methods = ["a", "b", "c"], Groups = [new("count", [(0.5, 0.1), (0.75, double.NaN), (double.NaN, double.NaN)])] };

        var panel = XElement.Parse(bars.Render().ToString()).Element("table")!;

        Assert.Equal(["50\u202F% ± 10.0", "75\u202F%", "–"], panel.Descendants("td").Where(cell => ((string?)cell.Attribute("class"))?.StartsWith("value", StringComparison.Ordinal) == true).Select(cell => cell.Value));
        Assert.Equal("b", panel.Descendants("td").Single(cell => (string?)cell.Attribute("class") == "value best").Parent!.Element("th")!.Value);
        Assert.Equal("left:40%;right:40%", (string?)panel.Descendants("b").Single().Attribute("style"));
        Assert.Throws<InvalidOperationException>(() => new MethodBars { Methods = ["a"], Groups = [new("g", [])] }.Render());
    }
}
