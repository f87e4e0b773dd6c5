using System.Xml.Linq;
using Collimate.Reports;

namespace Collimate.Tests.Reports;

public sealed class ReportPartTests
{
    [Theory]
    [InlineData(0, 6.21, 5, "0 2 4 6 8")]
    [InlineData(0, 0.93, 5, "0 0.2 0.4 0.6 0.8 1")]
    [InlineData(-3, 12, 4, "-5 0 5 10 15")]
    [InlineData(0, 0, 5, "0 0.2 0.4 0.6 0.8 1")]
    public void AxisTicks_Range_EnclosesItWithRoundNumbers(double low, double high, int wanted, string expected) =>
        Assert.Equal(expected, string.Join(' ', AxisTicks.Enclose(low, high, wanted).Values.Select(value => Math.Round(value, 9))));

    [Fact]
    public void Smooth_Line_KeepsLinesAndShrinksAtTheEnds()
    {
        var line = Enumerable.Range(0, 20).Select(x => ((double)x, 3.0 * x)).ToArray();

        var smooth = ChartSeries.Smooth(line, 4);

        Assert.All(line.Zip(smooth), pair => Assert.Equal(pair.First.Item2, pair.Second.Y, 9));
    }

    [Fact]
    public void Smooth_Spike_IsSpreadOverItsWindow()
    {
        var spike = Enumerable.Range(0, 11).Select(x => ((double)x, x == 5 ? 5.0 : 0.0)).ToArray();

        Assert.Equal([0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0], ChartSeries.Smooth(spike, 2).Select(point => point.Y));
    }

    [Fact]
    public void Thin_ManyPoints_KeepsTheMean()
    {
        var points = Enumerable.Range(0, 1000).Select(x => ((double)x, (double)(x % 7))).ToArray();

        var thin = ChartSeries.Thin(points, 100);

        Assert.Equal(100, thin.Length);
        Assert.Equal(points.Average(point => point.Item2), thin.Average(point => point.Y), 9);
    }

    [Fact]
    public void LineChart_ValuesThatAreNotFinite_AreLeftOut()
    {
        var chart = new LineChart
        {
            Title = "loss",
            XLabel = "step",
            YLabel = "loss",
            Series = [new ChartSeries("a", [1, 2, 3, 4], [2, double.NaN, double.PositiveInfinity, 1])],
        };

        var svg = chart.Render().ToString();

        Assert.DoesNotContain("NaN", svg, StringComparison.Ordinal);
        Assert.DoesNotContain("Infinity", svg, StringComparison.Ordinal);
        Assert.Contains("from 2 at step 1 to 1 at step 4", svg, StringComparison.Ordinal);
    }

    [Fact]
    public void LineChart_NoValues_SaysSo()
    {
        var chart = new LineChart { Title = "loss", XLabel = "step", YLabel = "loss", Series = [] };

        Assert.Contains("no values were recorded", chart.Render().ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void BarTable_Row_MarksTheBestOfTheOthersInTheFirstBar()
    {
        var table = new BarTable { Caption = "c", RowHeading = "kind", Columns = [("model", ""), ("x", ""), ("y", "")], Rows = [new BarRow("count", [0.61, 0.2, 0.35])] };

        var cells = XElement.Parse(table.Render().ToString()).Descendants("td").ToArray();

        Assert.Equal(["61\u202F%", "20\u202F%", "35\u202F%"], cells.Select(cell => cell.Value));
        Assert.Equal(["width:61%", "left:35%"], cells[0].Descendants("i").Select(bar => bar.Attribute("style")!.Value));
    }

    [Fact]
    public void BarTable_RowOfWrongLength_Throws()
    {
        var table = new BarTable { Caption = "c", RowHeading = "kind", Columns = [("model", "")], Rows = [new BarRow("count", [0.6, 0.2])] };

        Assert.Contains("'count' has 2 shares", Assert.Throws<InvalidOperationException>(() => table.Render()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SceneGallery_Answers_AreMarkedByMoreThanColour()
    {
        var item = new GalleryItem("s", SampleReport.Picture(0), [new("what is it?", "dog", "cat", "Dog ")]);

        var cells = XElement.Parse(Closed(new SceneGallery { Items = [item] }.Render())).Descendants("td").Select(cell => cell.Value.Trim());

        Assert.Equal(["✗wrong: cat", "✓right: Dog", "dog"], cells);
    }

    [Fact]
    public void AlignmentMapView_Patches_SayWordTruthAndWhetherTheyAgree()
    {
        var picture = new AlignmentPicture("s", SampleReport.Picture(0), 3, 1,
            [new("dog", "dog", 0.456, true), new("bus", "dog", 0.2, false), new("empty", null, 0.9, true)]);

        var cells = XElement.Parse("<x>" + Closed(new AlignmentMapView { Pictures = [picture] }.Render()) + "</x>").Descendants("td").ToArray();

        Assert.Equal(["dog (right)", "bus (wrong: dog)", "empty"], cells.Select(cell => cell.Value));
        Assert.Equal("nearest word: dog, cosine 0.46; truth: dog", cells[0].Attribute("title")!.Value);
        Assert.Equal(["patch right", "patch wrong", "patch ground"], cells.Select(cell => cell.Attribute("class")!.Value));
    }

    private static string Closed(HtmlFragment html) => System.Text.RegularExpressions.Regex.Replace(html.ToString(), "<(img|col)\\b([^>]*)>", "<$1$2/>");
}
