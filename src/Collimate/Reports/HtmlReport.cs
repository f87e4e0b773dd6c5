using System.Text;
using Collimate.Torch.Serialization;

namespace Collimate.Reports;

/// <summary>A page of its own: heading, headline numbers, sections; one file without scripts, fonts or anything else from elsewhere.</summary>
public sealed class HtmlReport
{
    private readonly List<(string Value, string Label, string Note)> headlines = [];
    private readonly List<(string Id, string Heading, string Lead, HtmlFragment Content)> sections = [];

    /// <summary>The heading.</summary>
    public required string Title { get; init; }

    /// <summary>What it is all about, in a sentence or two.</summary>
    public string Summary { get; init; } = "";

    /// <summary>A line above the heading.</summary>
    public string Kicker { get; init; } = "Collimate";

    /// <summary>Facts of the run, a line under the headlines.</summary>
    public IReadOnlyList<string> Facts { get; init; } = [];

    /// <summary>Adds a number to the head of the page.</summary>
    /// <param name="value">The number with its unit.</param>
    /// <param name="label">What it is.</param>
    /// <param name="note">What to compare it with.</param>
    /// <returns>This report.</returns>
    public HtmlReport AddHeadline(string value, string label, string note = "")
    {
        headlines.Add((value, label, note));
        return this;
    }

    /// <summary>Adds a section.</summary>
    /// <param name="id">A short name for links, of lower-case letters and hyphens.</param>
    /// <param name="heading">Its heading.</param>
    /// <param name="lead">How to read it, in a sentence or two.</param>
    /// <param name="content">What it shows.</param>
    /// <returns>This report.</returns>
    public HtmlReport AddSection(string id, string heading, string lead, HtmlFragment content)
    {
        sections.Add((id, heading, lead, content));
        return this;
    }

    /// <summary>The page.</summary>
    public string ToHtml() => HtmlFragment.Of($"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{Title}</title>
        {ReportStyle.Element}
        </head>
        <body>
        <a class="skip" href="#main">Skip to the results</a>
        <header>
        <div class="head">
        {ReportStyle.Beams}
        <p class="kicker">{Kicker}</p>
        <h1>{Title}</h1>
        <p class="summary">{Summary}</p>
        {Headlines()}
        {FactLine()}
        </div>
        {Navigation()}
        </header>
        <main id="main">
        {HtmlFragment.Join(sections.Select(Section))}
        </main>
        <footer><p>Written by Collimate. One file, nothing loaded from elsewhere: keep it, mail it, print it.</p></footer>
        </body>
        </html>

        """).ToString();

    /// <summary>Writes the page; the file appears whole or not at all.</summary>
    /// <param name="path">The file to make or replace; its folder is made where it is absent.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        WholeFile.Write(path, Encoding.UTF8.GetBytes(ToHtml()));
    }

    private HtmlFragment Headlines() => headlines.Count == 0 ? HtmlFragment.Empty : HtmlFragment.Of($"""
        <dl class="headlines">
        {HtmlFragment.Join(headlines.Select(one => HtmlFragment.Of(
            $"""<div><dt>{one.Label}</dt><dd><span class="number">{one.Value}</span><span class="note">{one.Note}</span></dd></div>""")))}
        </dl>
        """);

    private HtmlFragment FactLine() => Facts.Count == 0 ? HtmlFragment.Empty : HtmlFragment.Of($"""
        <ul class="facts">
        {HtmlFragment.Join(Facts.Select(fact => HtmlFragment.Of($"<li>{fact}</li>")))}
        </ul>
        """);

    private HtmlFragment Navigation() => HtmlFragment.Of($"""
        <nav aria-label="Sections"><ul>
        {HtmlFragment.Join(sections.Select(section => HtmlFragment.Of($"""<li><a href="#{section.Id}">{section.Heading}</a></li>""")))}
        </ul></nav>
        """);

    private static HtmlFragment Section((string Id, string Heading, string Lead, HtmlFragment Content) section) => HtmlFragment.Of($"""
        <section id="{section.Id}" aria-labelledby="{section.Id}-heading">
        <h2 id="{section.Id}-heading">{section.Heading}</h2>
        <p class="lead">{section.Lead}</p>
        {section.Content}
        </section>
        """);
}
