using System.Globalization;
using System.Text;
using Collimate.Data.Conversations;
using Collimate.Inspection.Orders;

namespace Collimate.Reports.Orders;

/// <summary>Draws pictures with numbered patches, and beside them the sentence in which those numbers stand: one colour a place in the sentence.</summary>
public static class OrderDrawing
{
    private const int Side = 420;
    private const int Gap = 28;
    private const int TextWidth = 560;
    private const int LineHeight = 24;
    private const double LetterWidth = 7.9;

    private static readonly string[] Colours = ["#d1495b", "#00798c", "#edae49", "#30638e", "#7b5ea7", "#5b8c5a", "#c8553d", "#588b8b", "#b5838d", "#3d405b"];

    /// <summary>The drawing as an SVG document of its own.</summary>
    /// <param name="view">The order.</param>
    public static string Svg(TokenOrderView view)
    {
        var colours = ColoursOf(view);
        var (sentence, height) = Sentence(view, colours);
        var pictures = string.Concat(view.Pictures.Select((_, image) => Picture(view, image, colours)));
        var left = view.Pictures.Count > 0 ? Side + Gap : 0;
        var tall = Math.Max(view.Pictures.Count * (Side + Gap), height) + Gap;
        return Invariant($"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + TextWidth + Gap} {tall}" width="{left + TextWidth + Gap}" height="{tall}" font-family="ui-monospace, DejaVu Sans Mono, monospace" font-size="13">
            <rect width="100%" height="100%" fill="#ffffff"/>
            <g transform="translate({Gap / 2} {Gap / 2})">{pictures}<g transform="translate({left} 0)">{sentence}</g></g>
            </svg>
            """);
    }

    private static string Picture(TokenOrderView view, int image, Dictionary<(int Image, int Patch), string> colours)
    {
        var svg = new StringBuilder();
        svg.Append(Invariant($"""<g transform="translate(0 {image * (Side + Gap)})"><image href="{PictureMarkup.DataUri(view.Pictures[image])}" width="{Side}" height="{Side}" preserveAspectRatio="none" style="image-rendering:pixelated"/>"""));
        var (rows, columns) = (view.Grid.Rows, view.Grid.Columns);
        for (var patch = 0; patch < rows * columns; patch++)
        {
            var (width, height) = ((double)Side / columns, (double)Side / rows);
            var (x, y) = (patch % columns * width, patch / columns * height);
            var moved = colours.GetValueOrDefault((image, patch));
            var size = Math.Clamp(height * 0.3, 5, 13);
            svg.Append(Invariant($"""<rect x="{x:0.##}" y="{y:0.##}" width="{width:0.##}" height="{height:0.##}" fill="{moved ?? "none"}" fill-opacity="0.45" stroke="#ffffff" stroke-opacity="0.6" stroke-width="0.7"/>"""));
            svg.Append(Invariant($"""<text x="{x + 2:0.##}" y="{y + size + 1:0.##}" font-size="{size:0.#}" fill="#ffffff" stroke="#000000" stroke-width="2" paint-order="stroke">{patch + 1}</text>"""));
        }

        return svg.Append("</g>").ToString();
    }

    private static (string Svg, int Height) Sentence(TokenOrderView view, Dictionary<(int Image, int Patch), string> colours)
    {
        var svg = new StringBuilder();
        var (x, y) = (0.0, 0);
        foreach (var run in view.Runs)
        {
            var isImage = run.Kind == TokenKind.Image;
            var fill = isImage ? colours.GetValueOrDefault((run.Image, run.Patches[0])) ?? "#9aa5b1" : null;
            foreach (var word in OrderSentence.Piece(run, view.Pictures.Count > 1).ReplaceLineEndings("⏎").Split(' '))
            {
                foreach (var part in word.Chunk((int)(TextWidth / LetterWidth)).Select(letters => new string(letters)))
                {
                    var width = (part.Length + 1) * LetterWidth;
                    (x, y) = x > 0 && x + width > TextWidth ? (0, y + LineHeight) : (x, y);
                    if (fill is not null)
                    {
                        svg.Append(Invariant($"""<rect x="{x - 2:0.#}" y="{y}" width="{width:0.#}" height="{LineHeight - 4}" rx="4" fill="{fill}" fill-opacity="0.28"/>"""));
                    }

                    var (weight, colour) = run.Kind == TokenKind.Prompt ? ("bold", "#111111") : ("normal", isImage ? "#333333" : "#777777");
                    svg.Append(Invariant($"""<text x="{x:0.#}" y="{y + 15}" font-weight="{weight}" fill="{colour}">{HtmlFragment.Of($"{part}")}</text>"""));
                    x += width;
                }
            }
        }

        return (svg.ToString(), y + LineHeight);
    }

    // Each run of moved image tokens has a colour; image tokens that stay have none.
    private static Dictionary<(int Image, int Patch), string> ColoursOf(TokenOrderView view) => view.Runs.Where(run => run.Kind == TokenKind.Image && run.HasMoved).Index()
        .SelectMany(run => run.Item.Patches.Select(patch => (Key: (run.Item.Image, patch), Colour: Colours[run.Index % Colours.Length])))
        .DistinctBy(entry => entry.Key).ToDictionary(entry => entry.Key, entry => entry.Colour);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
