using System.Globalization;
using System.Text;
using Collimate.Alignment;
using Collimate.Data.Conversations;
using Collimate.Models.Attention;
using Collimate.Torch.Serialization;

namespace Collimate.Reports;

/// <summary>Draws who sees whom: a square for every pair of positions, the one that looks on the left, the one looked at above.</summary>
public static class MaskPicture
{
    private const int Cell = 18;
    private const int Margin = 46;

    /// <summary>The picture as an SVG file.</summary>
    /// <param name="spec">Who sees whom.</param>
    /// <param name="positions">What the positions are.</param>
    /// <param name="row">Which row of the batch.</param>
    /// <param name="title">Stands above the picture.</param>
    public static string Svg(AttentionSpec spec, Positions positions, int row, string title)
    {
        var count = positions.RowLengths[row];
        var (width, height) = (Margin + (count * Cell) + 10, Margin + (count * Cell) + 34);
        var svg = new StringBuilder();
        svg.AppendLine(Invariant($"""<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height + 20}" font-family="system-ui, sans-serif" font-size="10">"""));
        svg.AppendLine(Invariant($"""<rect width="100%" height="100%" fill="#ffffff"/><text x="8" y="16" font-size="13">{HtmlFragment.Of($"{title}")}</text>"""));
        var names = Enumerable.Range(0, count).Select(at => NameOf(positions, row, at)).ToArray();
        for (var at = 0; at < count; at++)
        {
            var centre = Margin + (at * Cell) + (Cell / 2);
            svg.AppendLine(Invariant($"""<text x="{centre}" y="{Margin + 18}" text-anchor="middle">{names[at]}</text><text x="{Margin - 5}" y="{centre + 28}" text-anchor="end">{names[at]}</text>"""));
        }

        for (var query = 0; query < count; query++)
        {
            for (var key = 0; key < count; key++)
            {
                var colour = Colour(spec.Sees(row, query, key), KindOf(positions, row, query), KindOf(positions, row, key));
                svg.AppendLine(Invariant($"""<rect x="{Margin + (key * Cell)}" y="{Margin + 24 + (query * Cell)}" width="{Cell - 1}" height="{Cell - 1}" fill="{colour}"/>"""));
            }
        }

        svg.AppendLine(Invariant($"""<text x="8" y="{height + 12}" fill="#555">rows look, columns are looked at · blue: image sees image · green: text sees image · orange: text sees text · violet: image sees text</text></svg>"""));
        return svg.ToString();
    }

    /// <summary>Writes the picture to a file, which appears only when it is complete.</summary>
    /// <param name="path">The SVG file.</param>
    /// <param name="spec">Who sees whom.</param>
    /// <param name="positions">What the positions are.</param>
    /// <param name="row">Which row of the batch.</param>
    /// <param name="title">Stands above the picture.</param>
    public static void Save(string path, AttentionSpec spec, Positions positions, int row, string title) =>
        WholeFile.Write(path, Encoding.UTF8.GetBytes(Svg(spec, positions, row, title)));

    /// <summary>The same in characters, for a terminal: a line for every position that looks.</summary>
    /// <param name="spec">Who sees whom.</param>
    /// <param name="positions">What the positions are.</param>
    /// <param name="row">Which row of the batch.</param>
    public static string Text(AttentionSpec spec, Positions positions, int row)
    {
        var count = positions.RowLengths[row];
        var names = Enumerable.Range(0, count).Select(at => NameOf(positions, row, at)).ToArray();
        var column = names.Max(name => name.Length) + 1;
        var text = new StringBuilder(new string(' ', column));
        text.AppendLine(string.Concat(names.Select(name => name.PadRight(column))).TrimEnd());
        for (var query = 0; query < count; query++)
        {
            text.Append(names[query].PadRight(column));
            text.AppendLine(string.Concat(Enumerable.Range(0, count).Select(key => (spec.Sees(row, query, key) ? "x" : ".").PadRight(column))).TrimEnd());
        }

        return text.ToString();
    }

    private static string NameOf(Positions positions, int row, int at)
    {
        var here = (row * positions.Length) + at;
        return KindOf(positions, row, at) switch
        {
            TokenKind.Image => Invariant($"{(char)('a' + (positions.Images[here] % 26))}{positions.Patches[here] + 1}"),
            TokenKind.Answer => Invariant($"A{at + 1}"),
            _ => Invariant($"T{at + 1}"),
        };
    }

    private static TokenKind KindOf(Positions positions, int row, int at) => positions.Kinds[(row * positions.Length) + at];

    private static string Colour(bool sees, TokenKind query, TokenKind key) => (sees, query == TokenKind.Image, key == TokenKind.Image) switch
    {
        (false, _, _) => "#eceff1",
        (_, true, true) => "#3f7fc1",
        (_, false, true) => "#4fa56b",
        (_, false, false) => "#e08a3c",
        _ => "#8e6bbf",
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
