using System.Globalization;
using Collimate.Imaging;
using Collimate.Models.Permutation;
using Collimate.Reports;

namespace Collimate.PermutationLearning;

/// <summary>An experiment in pictures: a film strip of the matrix, and a page with it and the courses of the figures.</summary>
public static class PermutationPage
{
    private const int Gap = 4;
    private const int PictureSide = 200;

    /// <summary>Writes <c>report.html</c> and <c>film.png</c>.</summary>
    /// <param name="report">What the experiment came to.</param>
    /// <param name="folder">Where to; made where absent.</param>
    public static void Save(PermutationReport report, string folder)
    {
        Directory.CreateDirectory(folder);
        ImageCodec.Save(Film(report.Frames), Path.Combine(folder, "film.png"));
        Build(report).Save(Path.Combine(folder, "report.html"));
    }

    /// <summary>The frames side by side: the matrices above, and below them with their columns in the right order.</summary>
    public static Image Film(IReadOnlyList<MatrixFrame> frames)
    {
        var (side, count) = (frames[0].Side, frames.Count);
        var scale = Math.Max(1, PictureSide / side);
        var (width, height) = ((count * ((side * scale) + Gap)) + Gap, (2 * ((side * scale) + Gap)) + Gap);
        var film = Image.Filled(width, height, 255, 255, 255);
        for (var k = 0; k < count; k++)
        {
            Put(film, frames[k].Plain, side, scale, Gap + (k * ((side * scale) + Gap)), Gap);
            Put(film, frames[k].Sorted, side, scale, Gap + (k * ((side * scale) + Gap)), (2 * Gap) + (side * scale));
        }

        return film;
    }

    private static void Put(Image film, byte[] cells, int side, int scale, int left, int top)
    {
        for (var y = 0; y < side * scale; y++)
        {
            for (var x = 0; x < side * scale; x++)
            {
                var (red, green, blue) = Colour(cells[(y / scale * side) + (x / scale)]);
                var at = (((top + y) * film.Width) + left + x) * 3;
                (film.Pixels[at], film.Pixels[at + 1], film.Pixels[at + 2]) = (red, green, blue);
            }
        }
    }

    // From night over blue to light: rising in brightness, so that it reads without colour too.
    private static (byte Red, byte Green, byte Blue) Colour(byte value)
    {
        var part = value / 255.0;
        return ((byte)(14 + (241 * Math.Pow(part, 1.6))), (byte)(18 + (230 * part)), (byte)(46 + (170 * Math.Pow(part, 0.7))));
    }

    private static HtmlReport Build(PermutationReport report)
    {
        var settings = report.Settings;
        var page = new HtmlReport
        {
            Title = settings.Task == PermutationTaskKind.Sort ? $"Sorting {settings.Tokens} tokens by a hidden projection" : $"Learning permutations of {settings.Tokens} tokens",
            Summary = settings.Task == PermutationTaskKind.Sort
                ? "Every step has new sets of tokens; the figures are of sets that were never trained on."
                : $"{settings.Sets} fixed sets of Gaussian tokens, a random permutation each, learnt by heart: the paper's experiment. Nothing in it carries over to other tokens.",
            Facts =
            [
                $"width {settings.Network.Width}", $"hidden {settings.Network.Hidden}", $"{settings.Network.Layers} layers", $"{report.Parameters:N0} parameters", $"{settings.Steps} steps",
                $"seed {settings.Seed}", DateTimeOffset.Now.ToString("d MMMM yyyy, HH:mm zzz", CultureInfo.InvariantCulture),
            ],
        };
        page.AddHeadline(Percent(report.Headline.Accuracy), "right places", report.HeldOut is null ? "without noise" : $"unseen sets; chance is {Percent(1.0 / settings.Tokens)}");
        page.AddHeadline(report.Headline.IsPermutation ? "yes" : "no", "a permutation", $"hardened by {settings.Hardening.ToString().ToLowerInvariant()}");
        page.AddHeadline($"{report.Seconds:0.0} s", "time", $"{settings.Steps} steps");
        page.AddSection(
            "film", "The matrix over time",
            "The first set's matrix. On the left as it is: row i says which tokens place i is made of. On the right with its columns in the right order: what has been learnt lies on the diagonal.",
            HtmlFragment.Join(report.Frames.Select(Frame)));
        page.AddSection("figures", "Figures", "At the last temperature. Row-wise: the largest element of each row, which need not make a permutation.", Table(report));
        page.AddSection("accuracy", "Accuracy", "The share of rows whose largest element is right, with noise and dropout on.", Chart(report, "accuracy", step => step.Figures.Accuracy));
        page.AddSection("loss", "Loss", "", Chart(report, "loss", step => step.Figures.Loss));
        page.AddSection("temperature", "Temperature", "", Chart(report, "temperature", step => step.Temperature));
        page.AddSection("sums", "Row and column sums", "How far the sums of rows and columns are from one, at most.", Chart(report, "largest error", step => step.Figures.DoublyStochasticError));
        return page;
    }

    private static HtmlFragment Frame(MatrixFrame frame) => HtmlFragment.Of($"""
        <figure style="display:inline-block;margin:0 1rem 1rem 0">
        {PictureMarkup.Of(Film([frame with { Plain = frame.Plain }]), (2 * PictureSide) + 12, $"the matrix after {frame.Step} steps")}
        <figcaption>step {frame.Step} · τ {frame.Temperature:0.000} · {Percent(frame.Accuracy)} right</figcaption>
        </figure>
        """);

    private static HtmlFragment Table(PermutationReport report)
    {
        (string Name, PermutationFigures Figures)[] rows =
        [
            ("row-wise", report.Clean.Soft), ("hardened", report.Clean.Hard), ("row-wise, with noise", report.Noisy.Soft), ("hardened, with noise", report.Noisy.Hard),
            .. report.HeldOut is { } unseen ? [("unseen sets, row-wise", unseen.Soft), ("unseen sets, hardened", unseen.Hard)] : ((string, PermutationFigures)[])[],
        ];
        return HtmlFragment.Of($"""
            <table><thead><tr><th scope="col"></th><th scope="col">right places</th><th scope="col">permutation</th><th scope="col">sums off by</th><th scope="col">loss</th></tr></thead><tbody>
            {HtmlFragment.Join(rows.Select(row => HtmlFragment.Of(
                $"""<tr><th scope="row">{row.Name}</th><td>{Percent(row.Figures.Accuracy)}</td><td>{(row.Figures.IsPermutation ? "yes" : "no")}</td><td>{row.Figures.DoublyStochasticError:0.0E+0}</td><td>{row.Figures.Loss:0.00000}</td></tr>""")))}
            </tbody></table>
            """);
    }

    private static HtmlFragment Chart(PermutationReport report, string name, Func<PermutationStep, double> value) => new LineChart
    {
        Title = name, XLabel = "step", YLabel = name, Smoothing = 0,
        Series = [new ChartSeries(name, [.. report.Steps.Select(step => (double)step.Step)], [.. report.Steps.Select(value)])],
    }.Render();

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:0.00} %");
}
