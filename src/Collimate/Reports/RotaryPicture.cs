using System.Globalization;
using System.Text;
using Collimate.Inspection.Rotary;
using Collimate.Torch.Serialization;

namespace Collimate.Reports;

/// <summary>Draws how an attention score changes with distance under rotary positions.</summary>
public static class RotaryPicture
{
    private const int Width = 760;
    private const int Height = 360;
    private const int Left = 56;
    private const int Bottom = 46;
    private const int Top = 54;

    /// <summary>The curve as an SVG document.</summary>
    /// <param name="example">The vectors.</param>
    /// <param name="most">The largest distance.</param>
    /// <param name="title">Stands above it.</param>
    public static string Svg(RotaryDistance example, int most, string title)
    {
        var distances = Enumerable.Range(0, most + 1).ToArray();
        var (ahead, behind, kept) = (Points(distance => example.Score(distance)), Points(distance => example.Score(-distance)), Points(distance => example.Score(0) * example.Kept(distance)));
        var ticks = AxisTicks.Enclose(ahead.Concat(behind).Concat(kept).Min(), ahead.Concat(behind).Concat(kept).Max(), 6);
        var across = AxisTicks.Enclose(0, most, 8);
        var svg = new StringBuilder();
        svg.AppendLine(Invariant($"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" width="{Width}" height="{Height}" font-family="system-ui, sans-serif" font-size="11">"""));
        svg.AppendLine(Invariant($"""<rect width="100%" height="100%" fill="#ffffff"/><text x="12" y="20" font-size="14">{HtmlFragment.Of($"{title}")}</text>"""));
        foreach (var value in ticks.Values)
        {
            svg.AppendLine(Invariant($"""<path d="M{Left} {Y(value):0.#}H{Width - 12}" stroke="{(value == 0 ? "#888888" : "#dddddd")}"/><text x="{Left - 6}" y="{Y(value) + 4:0.#}" text-anchor="end">{value:0.##}</text>"""));
        }

        foreach (var value in across.Values.Where(value => value <= most))
        {
            svg.AppendLine(Invariant($"""<text x="{X(value):0.#}" y="{Height - Bottom + 16}" text-anchor="middle">{value:0}</text>"""));
        }

        svg.AppendLine(Line(ahead, "#30638e", 1.2) + Line(behind, "#d1495b", 1.2) + Line(kept, "#222222", 2));
        svg.AppendLine(Invariant($"""<text x="{Left}" y="40"><tspan fill="#30638e">■ the word after its patch</tspan>  <tspan fill="#d1495b">■ the patch after its word</tspan>  <tspan fill="#222222">■ what is left of the score on average over random vectors</tspan></text>"""));
        svg.AppendLine(Invariant($"""<text x="{Width - 12}" y="{Height - 8}" text-anchor="end">distance in positions</text></svg>"""));
        return svg.ToString();

        double[] Points(Func<int, double> of) => [.. distances.Select(of)];
        double X(double distance) => Left + (distance / Math.Max(1, most) * (Width - Left - 12));
        double Y(double value) => Height - Bottom - ((value - ticks.First) / (ticks.Last - ticks.First) * (Height - Top - Bottom));
        string Line(double[] values, string colour, double thickness) =>
            Invariant($"""<path fill="none" stroke="{colour}" stroke-width="{thickness}" d="M{string.Join('L', values.Select((value, distance) => Invariant($"{X(distance):0.#} {Y(value):0.#}")))}"/>""");
    }

    /// <summary>Writes the curve to a file, which appears only when it is complete.</summary>
    /// <param name="path">The SVG file.</param>
    /// <param name="example">The vectors.</param>
    /// <param name="most">The largest distance.</param>
    /// <param name="title">Stands above it.</param>
    public static void Save(string path, RotaryDistance example, int most, string title) => WholeFile.Write(path, Encoding.UTF8.GetBytes(Svg(example, most, title)));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
