using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Collimate.Reports;

/// <summary>A piece of HTML that is safe to put into a page: whatever was filled into it has been escaped.</summary>
/// <remarks>Written as an interpolated string: literal text is markup, holes are text, except fragments, which are kept as they are.</remarks>
public readonly struct HtmlFragment
{
    private readonly string? markup;

    private HtmlFragment(string markup) => this.markup = markup;

    /// <summary>Nothing.</summary>
    public static HtmlFragment Empty => default;

    /// <summary>Whether there is nothing in it.</summary>
    public bool IsEmpty => string.IsNullOrEmpty(markup);

    /// <summary>Makes a fragment of an interpolated string, escaping what fills its holes.</summary>
    public static HtmlFragment Of(HtmlInterpolation html) => new(html.ToString());

    /// <summary>Takes markup as it is; for text of our own only.</summary>
    internal static HtmlFragment Raw(string markup) => new(markup);

    /// <summary>Fragments one after the other, a line each.</summary>
    public static HtmlFragment Join(IEnumerable<HtmlFragment> fragments) => new(string.Join('\n', fragments.Select(fragment => fragment.markup)));

    /// <summary>The markup.</summary>
    public override string ToString() => markup ?? "";
}

/// <summary>Puts an <see cref="HtmlFragment"/> together; numbers are written the invariant way.</summary>
[InterpolatedStringHandler]
public readonly ref struct HtmlInterpolation
{
    private readonly StringBuilder builder;

    /// <summary>Called by the compiler.</summary>
    public HtmlInterpolation(int literalLength, int formattedCount) => builder = new StringBuilder(literalLength + (formattedCount * 16));

    /// <summary>Called by the compiler: markup.</summary>
    public void AppendLiteral(string markup) => builder.Append(markup);

    /// <summary>Called by the compiler: a fragment, kept as it is.</summary>
    public void AppendFormatted(HtmlFragment fragment) => builder.Append(fragment.ToString());

    /// <summary>Called by the compiler: text, escaped.</summary>
    public void AppendFormatted(string? text)
    {
        foreach (var letter in text ?? "")
        {
            _ = letter switch
            {
                '&' => builder.Append("&amp;"),
                '<' => builder.Append("&lt;"),
                '>' => builder.Append("&gt;"),
                '"' => builder.Append("&quot;"),
                '\'' => builder.Append("&#39;"),
                _ => builder.Append(letter),
            };
        }
    }

    /// <summary>Called by the compiler: a value, formatted and escaped.</summary>
    public void AppendFormatted<T>(T value, string? format = null) where T : IFormattable =>
        AppendFormatted(value.ToString(format, CultureInfo.InvariantCulture));

    /// <summary>What was put together.</summary>
    public override string ToString() => builder.ToString();
}
