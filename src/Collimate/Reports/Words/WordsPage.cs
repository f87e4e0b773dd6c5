using System.Text;
using Collimate.Torch.Serialization;

namespace Collimate.Reports.Words;

/// <summary>Writes which words the visual tokens of pictures mean: a page, a drawing, or the figures, by the file's ending.</summary>
public static class WordsPage
{
    /// <summary>The endings that are known.</summary>
    public static IReadOnlyList<string> Endings { get; } = [".html", ".svg", ".json"];

    /// <summary>Writes a file, which appears only when it is complete.</summary>
    /// <param name="path">The file, ending in one of <see cref="Endings"/>; its folder is made where it is absent.</param>
    /// <param name="pictures">The pictures.</param>
    /// <param name="model">What the model is called.</param>
    /// <param name="words">How many words their tokens were compared with.</param>
    public static void Save(string path, IReadOnlyList<AlignmentPicture> pictures, string model, int words)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        switch (Path.GetExtension(path).ToLowerInvariant())
        {
            case ".html":
                Page(pictures, model, words).Save(path);
                break;
            case ".svg":
                WholeFile.Write(path, Encoding.UTF8.GetBytes(WordsDrawing.Svg(pictures)));
                break;
            case ".json":
                ReportJson.Save(Figures(pictures, words), path);
                break;
            case var other:
                throw new ArgumentException($"'{other}' is no ending that is known here; expected {string.Join(", ", Endings)}", nameof(path));
        }
    }

    /// <summary>The words as figures, for JSON: per picture its tokens in raster order, each with its nearest words.</summary>
    /// <param name="pictures">The pictures.</param>
    /// <param name="words">How many words their tokens were compared with.</param>
    public static object Figures(IReadOnlyList<AlignmentPicture> pictures, int words) => new
    {
        words,
        pictures = pictures.Select(picture => new
        {
            picture = picture.Id,
            rows = picture.LiesOnPicture ? picture.Rows : (int?)null,
            columns = picture.LiesOnPicture ? picture.Columns : (int?)null,
            tokens = picture.Patches.Select(patch => new
            {
                truth = patch.IsJudged ? patch.Truth ?? "" : null,
                right = patch.IsJudged ? patch.IsRight : (bool?)null,
                words = patch.Next.Prepend((patch.Word, patch.Cosine)).Select(word => new { word = word.Item1, cosine = Math.Round(word.Item2, 5) }),
            }),
        }),
    };

    private static HtmlReport Page(IReadOnlyList<AlignmentPicture> pictures, string model, int words)
    {
        var objects = pictures.SelectMany(picture => picture.Patches).Where(patch => patch is { IsJudged: true, Truth: not null }).ToArray();
        var page = new HtmlReport { Title = "What each patch means", Kicker = model, Summary = $"The connector turns pictures into visual tokens, which the decoder reads as it reads words. On each is written the one of {words:N0} words that it is nearest to." };
        if (objects.Length > 0)
        {
            page.AddHeadline(ReportText.Percent((double)objects.Count(patch => patch.IsRight) / objects.Length), "nearest word right", $"of {objects.Length} object patches");
        }

        page.AddHeadline($"{pictures.SelectMany(picture => picture.Patches).DistinctBy(patch => patch.Word).Count()}", "different words", $"over {pictures.Sum(picture => picture.Patches.Count):N0} visual tokens");
        page.AddHeadline(ReportText.Short(pictures.SelectMany(picture => picture.Patches).Average(patch => patch.Cosine)), "mean cosine", "with the nearest word");
        return page.AddSection("patches", "Patch by patch", "Point at a patch for the cosine and the words that come next.", new AlignmentMapView { Pictures = pictures }.Render());
    }
}
