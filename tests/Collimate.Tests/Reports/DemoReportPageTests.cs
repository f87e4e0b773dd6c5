using System.Xml.Linq;
using Collimate.Reports;

namespace Collimate.Tests.Reports;

public sealed class DemoReportPageTests
{
    [Fact]
    public void ToHtml_FullReport_IsWellFormedAndAccessible()
    {
        var page = Parse(DemoReportPage.Build(SampleReport.Full()));

        Assert.Single(page.Descendants("h1"));
        Assert.All(page.Descendants("img"), image => Assert.NotEmpty(image.Attribute("alt")!.Value));
        Assert.All(page.Descendants("th"), heading => Assert.Contains(heading.Attribute("scope")!.Value, (string[])["row", "col"]));
        Assert.All(page.Descendants("svg"), drawing => Assert.True(drawing.Attribute("aria-hidden") is not null || drawing.Attribute("aria-label") is { Value.Length: > 0 }));
        Assert.All(page.Descendants("table"), table => Assert.NotNull(table.Element("caption")));
        Assert.Equal(["answers", "accuracy", "alignment", "training", "recipe"], page.Descendants("section").Select(section => section.Attribute("id")!.Value));
        var ids = page.Descendants().Select(element => element.Attribute("id")?.Value).OfType<string>().ToArray();
        Assert.Equal(ids.Distinct(), ids);
        Assert.All(page.Descendants("a"), link => Assert.Contains(link.Attribute("href")!.Value[1..], ids));
    }

    [Fact]
    public void ToHtml_FullReport_LoadsNothingFromElsewhere()
    {
        var html = DemoReportPage.Build(SampleReport.Full()).ToHtml();

        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<link", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("http", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("@import", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("@font-face", html, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void ToHtml_FullReport_ShowsTheHeadlineNumbers()
    {
        var page = Parse(DemoReportPage.Build(SampleReport.Full()));

        var numbers = page.Descendants("span").Where(span => span.Attribute("class")?.Value == "number").Select(span => span.Value.Replace('\u202F', ' '));
        // The mean of 94, 73, 67 and 52 %; the blank picture's is 19.75 %.
        Assert.Equal(["72 %", "+52 points", "41 %", "3 min 41 s"], numbers);
    }

    [Fact]
    public void ToHtml_TextWithMarkup_IsEscaped()
    {
        var report = SampleReport.Full() with { Name = "a <b> & \"c\"", RecipeYaml = "x: </pre><script>" };

        var html = DemoReportPage.Build(report).ToHtml();

        Assert.Contains("<h1>a &lt;b&gt; &amp; &quot;c&quot;</h1>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void ToHtml_EmptyParts_AreLeftOut()
    {
        var report = new DemoReport { Name = "bare", Date = DateTimeOffset.UnixEpoch, Duration = TimeSpan.FromSeconds(5), Hardware = "one core" };

        var page = Parse(DemoReportPage.Build(report));

        Assert.Empty(page.Descendants("section"));
        Assert.Contains("5\u202Fs", page.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Save_ExistingFile_IsReplacedWholeAndNothingElseIsLeft()
    {
        var folder = Directory.CreateTempSubdirectory("collimate-report").FullName;
        try
        {
            var path = Path.Combine(folder, "new", "report.html");
            DemoReportPage.Save(SampleReport.Full() with { Name = "first" }, path);
            DemoReportPage.Save(SampleReport.Full() with { Name = "second" }, path);

            Assert.Contains("<h1>second</h1>", File.ReadAllText(path), StringComparison.Ordinal);
            Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Reads a page as XML, after closing the elements that HTML leaves open: then a forgotten end tag is an error.</summary>
    private static XElement Parse(HtmlReport report)
    {
        var html = report.ToHtml();
        html = html[html.IndexOf("<html", StringComparison.Ordinal)..];
        html = System.Text.RegularExpressions.Regex.Replace(html, "<(meta|img|col)\\b([^>]*)>", "<$1$2/>");
        return XElement.Parse(html);
    }
}
