using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Collimate.Reports;
using Collimate.Reports.Words;
using Collimate.Tests.Evaluation;

namespace Collimate.Tests.Reports;

public sealed class AlignmentReportTests
{
    private static readonly AlignmentPicture Judged = new("scene <1>", SampleReport.Picture(0), 3, 1, [new("dog", "dog", 0.456, true), new("bus", "dog", 0.2, false), new("empty", null, 0.9, true)]);

    private static readonly AlignmentPicture Told = new("p.png", SampleReport.Picture(1), 2, 2,
        [.. new[] { ("cat", 0.5), ("dog", 0.4), ("cat", 0.3), ("a&b", 0.25) }
            .Select(word => new PatchWord(word.Item1, null, word.Item2, false) { IsJudged = false, Next = [("owl", 0.125)] })]);

    [Fact]
    public void Build_WholeReport_IsWellFormedAndAccessible()
    {
        var html = AlignmentReportPage.Build(AlignmentSamples.Report(), [Judged], "tiny", DateTimeOffset.UnixEpoch).ToHtml();
        var page = Parse(html);

        Assert.Equal(["patches", "accuracy", "words", "cosines", "gap"], page.Descendants("section").Select(section => section.Attribute("id")!.Value));
        Assert.All(page.Descendants("svg"), drawing => Assert.True(drawing.Attribute("aria-hidden") is not null || drawing.Attribute("aria-label") is { Value.Length: > 0 }));
        Assert.All(page.Descendants("table"), table => Assert.NotNull(table.Element("caption")));
        var numbers = page.Descendants("span").Where(span => span.Attribute("class")?.Value == "number").Select(span => span.Value.Replace('\u202F', ' '));
        Assert.Equal(["25 %", "50 %", "12", "2", "0.8"], numbers);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
        Assert.DoesNotContain("http", html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("a &lt;b&gt;", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Build_TokensThatLieNowhere_LeavesOutWhatNobodyKnows()
    {
        var report = AlignmentSamples.Report() with { Objects = default, Ground = default, Unseen = default, Groups = [], Layers = [] };

        var page = Parse(AlignmentReportPage.Build(report, [], "tiny", DateTimeOffset.UnixEpoch).ToHtml());

        Assert.Equal(["words", "cosines", "gap"], page.Descendants("section").Select(section => section.Attribute("id")!.Value));
    }

    [Fact]
    public void DemoReport_WithAlignment_ShowsTheTable()
    {
        var page = Parse(DemoReportPage.Build(SampleReport.Full() with { AlignmentAccuracyBefore = null, Alignment = AlignmentSamples.Report() }).ToHtml());

        Assert.Contains("among the five nearest", page.Value, StringComparison.Ordinal);
        Assert.Contains("all objects and symbols", page.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void StackedHistogram_Counts_StandOnOneAnother()
    {
        var chart = new StackedHistogram { Title = "t", XLabel = "x", Edges = [0, 1, 2, 3, 4], Series = [("a", [0, 1, 2, 0]), ("b", [0, 3, 0, 0])] };

        var bars = XElement.Parse(chart.Render().ToString()).Elements("svg").Single().Elements("rect").ToArray();

        Assert.Equal(["1 to 2: a 1", "1 to 2: b 3", "2 to 3: a 2"], bars.Select(bar => bar.Element("title")!.Value));
        double Number(int bar, string name) => double.Parse(bars[bar].Attribute(name)!.Value, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(Number(0, "y"), Number(1, "y") + Number(1, "height"), 0.11);
        Assert.Equal(3 * Number(0, "height"), Number(1, "height"), 0.3);
        Assert.Equal(Number(0, "x"), Number(1, "x"));
        Assert.Contains("no values", Empty().Render().ToString(), StringComparison.Ordinal);
        Assert.Contains("'a' has 1 counts", Assert.Throws<InvalidOperationException>(() => new StackedHistogram { Title = "t", XLabel = "x", Edges = [0, 1, 2], Series = [("a", [1])] }.Render()).Message, StringComparison.Ordinal);

        static StackedHistogram Empty() => new() { Title = "t", XLabel = "x", Edges = [0, 1], Series = [("a", [0])] };
    }

    [Fact]
    public void WordsPage_EveryEnding_IsWholeAndReadable()
    {
        using var folder = new TemporaryFolder();
        foreach (var ending in WordsPage.Endings)
        {
            WordsPage.Save(folder["words" + ending], [Judged, Told], "tiny", 9);
        }

        var cells = Parse(File.ReadAllText(folder["words.html"])).Descendants("td").ToArray();
        Assert.Equal(["patch right", "patch wrong", "patch ground", "patch told", "patch told", "patch told", "patch told"], cells.Select(cell => cell.Attribute("class")!.Value));
        Assert.Equal("nearest word: cat, cosine 0.50; then owl 0.13", cells[3].Attribute("title")!.Value);
        var drawn = XDocument.Load(folder["words.svg"]).Descendants().Where(element => element.Name.LocalName == "text").Select(text => text.Value);
        Assert.Equal(["dog", "bus", "empty", "scene <1>", "cat", "dog", "cat", "a&b", "p.png"], drawn);
        var pictures = JsonDocument.Parse(File.ReadAllText(folder["words.json"])).RootElement.GetProperty("pictures");
        Assert.True(pictures[0].GetProperty("tokens")[0].GetProperty("right").GetBoolean());
        Assert.False(pictures[1].GetProperty("tokens")[0].TryGetProperty("right", out _));
        Assert.Equal("owl", pictures[1].GetProperty("tokens")[3].GetProperty("words")[1].GetProperty("word").GetString());
        Assert.Throws<ArgumentException>(() => WordsPage.Save(folder["words.gif"], [Told], "tiny", 9));
    }

    [Fact]
    public void WordsText_Pictures_AreAGridOrAList()
    {
        Assert.Equal(["+dog   -bus    empty"], WordsText.Lines(Judged, 80));
        Assert.Equal([" cat  dog", " cat  a&b"], WordsText.Lines(Told, 80));
        Assert.Equal(["cat 2", "dog 1", "a&b 1"], WordsText.Lines(Told, 9));
        Assert.Equal(["cat 2, dog 1, a&b 1"], WordsText.Lines(Told with { LiesOnPicture = false }, 80));
    }

    [Fact]
    public void ReportJson_NumberThatIsNotFinite_IsNull()
    {
        using var folder = new TemporaryFolder();
        ReportJson.Save(AlignmentSamples.Report() with { Ground = default }, folder["a.json"]);

        var report = JsonDocument.Parse(File.ReadAllText(folder["a.json"])).RootElement;

        Assert.Equal(JsonValueKind.Null, report.GetProperty("layers")[1].GetProperty("distance").ValueKind);
        Assert.Equal(JsonValueKind.Null, report.GetProperty("ground").GetProperty("topOne").ValueKind);
        Assert.Equal(0.25, report.GetProperty("objects").GetProperty("topOne").GetDouble());
    }

    private static XElement Parse(string html) =>
        XElement.Parse(Regex.Replace(html[html.IndexOf("<html", StringComparison.Ordinal)..], "<(meta|img|col)\\b([^>]*)>", "<$1$2/>"));
}
