using System.Text;
using Collimate.Imaging;
using Collimate.Inspection.Orders;
using Collimate.Torch.Serialization;

namespace Collimate.Reports.Orders;

/// <summary>Writes what an order looks like: a page, a drawing, or a picture, by the file's ending.</summary>
public static class OrderPage
{
    /// <summary>The endings that are known.</summary>
    public static IReadOnlyList<string> Endings { get; } = [".html", ".svg", ".png"];

    /// <summary>Writes a file, which appears only when it is complete.</summary>
    /// <param name="path">The file, ending in one of <see cref="Endings"/>.</param>
    /// <param name="view">The order.</param>
    /// <param name="model">What the model is called.</param>
    public static void Save(string path, TokenOrderView view, string model)
    {
        switch (Path.GetExtension(path).ToLowerInvariant())
        {
            case ".html":
                Page(view, model).Save(path);
                break;
            case ".svg":
                WholeFile.Write(path, Encoding.UTF8.GetBytes(OrderDrawing.Svg(view)));
                break;
            case ".png":
                WholeFile.Write(path, ImageCodec.Encode(OrderPicture.Draw(view), ImageFormat.Png));
                break;
            case var other:
                throw new ArgumentException($"'{other}' is no ending that is known here; expected {string.Join(", ", Endings)}", nameof(path));
        }
    }

    private static HtmlReport Page(TokenOrderView view, string model)
    {
        var matrix = OrderMatrix.Draw(view);
        var report = new HtmlReport { Title = "In what order the tokens enter", Kicker = model, Summary = $"{view.Sample}: {view.Length} positions, {(view.IsPermutation ? "every token once" : "NOT every token once")}." };
        foreach (var (name, value) in view.Measures.Where(measure => !measure.Key.Contains("/cosine/", StringComparison.Ordinal)))
        {
            report.AddHeadline(ReportText.Short(value), name);
        }

        var histogram = view.Measures.Where(measure => measure.Key.Contains("/cosine/", StringComparison.Ordinal)).ToArray();
        report.AddSection("order", "Picture and sentence", "Patches are numbered in raster order. Those with a colour have moved to the place with that colour; a star marks them in the sentence. Grey ones stand where concatenation puts them.", HtmlFragment.Raw(OrderDrawing.Svg(view)));
        report.AddSection("matrix", "From where to where", "A row is a position, a column the place that concatenation gives a token. Without reordering only the diagonal is dark.", PictureMarkup.Of(matrix, matrix.Width, "the permutation matrix"));
        if (histogram.Length > 0)
        {
            report.AddSection("cosines", "Cosines with the nearest word", "The share of image tokens in each range.", HtmlFragment.Of($"""
                <table><tbody>
                {HtmlFragment.Join(histogram.Select(bin => HtmlFragment.Of($"""<tr><th scope="row">{bin.Key[(bin.Key.LastIndexOf('/') + 1)..]}</th><td>{ReportText.Percent(bin.Value)}</td></tr>""")))}
                </tbody></table>
                """));
        }

        return report;
    }
}
