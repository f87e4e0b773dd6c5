using System.Xml.Linq;
using Collimate.Reports;

namespace Collimate.Tests.Reports;

/// <summary>Histograms: a bar for every filled bin, as high as its share.</summary>
public class HistogramTests
{
    [Fact]
    public void Render_Counts_DrawsABarForEachFilledBin()
    {
        var figure = XElement.Parse(new Histogram { Title = "a < b", XLabel = "x", Low = -1, BinWidth = 0.5, Counts = [0, 3, 0, 1], Marks = [(0.25, "mean")] }.Render().ToString());

        var bars = figure.Descendants("title").Select(title => (title.Value, Path: (string)title.Parent!.Attribute("d")!)).ToArray();
        Assert.Equal(["-0.5 to 0: 3 (75 %)", "0.5 to 1: 1 (25 %)"], bars.Select(bar => bar.Value));
        double Top(string path) => double.Parse(path.Split('V')[1].Split('H')[0], System.Globalization.CultureInfo.InvariantCulture);
        const double floor = 260 - 42;
        Assert.Equal(3, (floor - Top(bars[0].Path)) / (floor - Top(bars[1].Path)), 0.01);
        Assert.Contains("mean 0.25", figure.Value, StringComparison.Ordinal);
        Assert.Equal("a < b", figure.Element("figcaption")!.Value);
    }

    [Fact]
    public void Render_NothingCounted_SaysSo() =>
        Assert.Contains("no values were recorded", new Histogram { Title = "t", XLabel = "x", Low = 0, BinWidth = 1, Counts = [0, 0] }.Render().ToString(), StringComparison.Ordinal);
}
