using System.Globalization;
using System.Text;

namespace Collimate.Reports.Words;

/// <summary>Draws words over pictures as an SVG document of its own, for papers and slides. Right and wrong differ in their lines as well as in colour.</summary>
public static class WordsDrawing
{
    private const int LeastCell = 46;
    private const int Side = 512;
    private const int Gap = 30;
    private const double LargestLetters = 13;

    /// <summary>The drawing: one picture below the other.</summary>
    /// <param name="pictures">The pictures.</param>
    public static string Svg(IReadOnlyList<AlignmentPicture> pictures)
    {
        var (body, top, width) = (new StringBuilder(), Gap / 2, 0);
        foreach (var picture in pictures)
        {
            var cell = Math.Max(LeastCell, Side / picture.Columns);
            body.Append(Invariant($"""<g transform="translate({Gap / 2} {top})">{Picture(picture, cell)}</g>"""));
            top += (cell * picture.Rows) + Gap;
            width = Math.Max(width, cell * picture.Columns);
        }

        return Invariant($"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width + Gap} {top}" width="{width + Gap}" height="{top}" font-family="system-ui, DejaVu Sans, sans-serif" text-anchor="middle">
            <rect width="100%" height="100%" fill="#ffffff"/>
            {body}
            </svg>
            """);
    }

    private static string Picture(AlignmentPicture picture, int cell)
    {
        var (width, height) = (picture.Columns * cell, picture.Rows * cell);
        var svg = new StringBuilder();
        if (picture.LiesOnPicture)
        {
            svg.Append(Invariant($"""<image href="{PictureMarkup.DataUri(picture.Picture)}" width="{width}" height="{height}" preserveAspectRatio="none" style="image-rendering:pixelated"/>"""));
        }

        foreach (var (at, patch) in picture.Patches.Index())
        {
            var (x, y) = (at % picture.Columns * cell, at / picture.Columns * cell);
            var (ink, line, veil) = patch.State switch
            {
                "right" => ("#0a6b63", """ stroke="#0a6b63" stroke-width="2" """, 0.72),
                "wrong" => ("#a63c06", """ stroke="#a63c06" stroke-width="2" stroke-dasharray="5 4" """, 0.72),
                "ground" => ("#5a6270", " ", 0.6),
                _ => ("#1d2129", """ stroke="#ffffff" stroke-opacity="0.6" """, 0.62),
            };
            var letters = Math.Clamp(cell * 1.55 / Math.Max(3, patch.Word.Length), 4, LargestLetters);
            svg.Append(Invariant($"""<rect x="{x + 1.5}" y="{y + 1.5}" width="{cell - 3}" height="{cell - 3}" rx="3" fill="#ffffff" fill-opacity="{veil}"{line}/>"""));
            svg.Append(Invariant($"""<text x="{x + (cell / 2.0):0.#}" y="{y + (cell / 2.0) + (letters / 3):0.#}" font-size="{letters:0.#}" fill="{ink}"{(patch.State == "right" ? " font-weight=\"bold\"" : "")}>{HtmlFragment.Of($"{patch.Word}")}</text>"""));
        }

        svg.Append(Invariant($"""<text x="0" y="{height + 16}" font-size="12" fill="#5a6270" text-anchor="start">{HtmlFragment.Of($"{picture.Id}")}</text>"""));
        return svg.ToString();
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
