using System.Globalization;

namespace Collimate.Reports;

/// <summary>A picture beside the grid of its patches, each bearing the word that its visual token is nearest to.</summary>
public sealed class AlignmentMapView
{
    private const int PictureSide = 288;

    /// <summary>The pictures.</summary>
    public required IReadOnlyList<AlignmentPicture> Pictures { get; init; }

    /// <summary>Writes the legend and the maps.</summary>
    /// <exception cref="InvalidOperationException">A picture has another number of patches than its grid.</exception>
    public HtmlFragment Render() => HtmlFragment.Of($"""
        {Legend()}
        {HtmlFragment.Join(Pictures.Select(Map))}
        """);

    private HtmlFragment Legend() => !Pictures.SelectMany(picture => picture.Patches).Any(patch => patch.IsJudged) ? HtmlFragment.Empty : HtmlFragment.Of($"""
        <ul class="legend patches">
        <li><span class="patch right">dog</span> an object, and its name is the nearest word</li>
        <li><span class="patch wrong">bus</span> an object, but another word is nearer</li>
        <li><span class="patch ground">empty</span> bare ground</li>
        </ul>
        """);

    private static HtmlFragment Map(AlignmentPicture picture)
    {
        if (picture.Patches.Count != picture.Columns * picture.Rows)
        {
            throw new InvalidOperationException($"{picture.Id}: {picture.Columns} x {picture.Rows} patches were announced, but there are {picture.Patches.Count}");
        }

        var description = picture.Description.Length > 0 ? picture.Description : picture.Patches.Any(patch => patch.IsJudged) ? $"Scene {picture.Id}" : $"The picture {picture.Id}";
        return HtmlFragment.Of($"""
            <article class="map">
            <figure>{PictureMarkup.Of(picture.Picture, PictureSide, description)}<figcaption><code>{picture.Id}</code></figcaption></figure>
            {Table(picture)}
            </article>
            """);
    }

    /// <summary>The words of a picture over the picture, without the picture beside them.</summary>
    internal static HtmlFragment Table(AlignmentPicture picture)
    {
        var ground = picture.LiesOnPicture ? HtmlFragment.Of($""" style="background-image:url({PictureMarkup.DataUri(picture.Picture)})" """) : HtmlFragment.Empty;
        return HtmlFragment.Of($"""
            <div class="scroll" role="region" aria-label="Nearest words of {picture.Id}" tabindex="0"><table class="words" style="--columns:{picture.Columns}">
            <caption>{Caption(picture)}</caption>
            <colgroup><col><col span="{picture.Columns}"></colgroup>
            <thead><tr>{Heading("col", "row")}{HtmlFragment.Join(Enumerable.Range(1, picture.Columns).Select(column => Heading("col", $"{column}")))}</tr></thead>
            <tbody{ground}>
            {HtmlFragment.Join(Enumerable.Range(0, picture.Rows).Select(row => Row(picture, row)))}
            </tbody>
            </table></div>
            """);
    }

    private static string Caption(AlignmentPicture picture)
    {
        if (!picture.Patches.Any(patch => patch.IsJudged))
        {
            var words = picture.Patches.CountBy(patch => patch.Word).OrderByDescending(word => word.Value).ToArray();
            var often = string.Join(", ", words.Take(5).Select(word => $"{word.Key} {word.Value}×"));
            return $"{words.Length} words over {picture.Patches.Count} visual tokens{(picture.LiesOnPicture ? "" : ", which do not lie on patches")}: {often}{(words.Length > 5 ? ", …" : "")}";
        }

        var objects = picture.Patches.Where(patch => patch.Truth is not null).ToArray();
        var right = objects.Count(patch => patch.IsRight);
        return objects.Length == 0 ? "no object patches" : $"{right} of {objects.Length} object patches right ({ReportText.Percent((double)right / objects.Length)})";
    }

    private static HtmlFragment Row(AlignmentPicture picture, int row)
    {
        var cells = picture.Patches.Skip(row * picture.Columns).Take(picture.Columns).Select(Cell);
        return HtmlFragment.Of($"<tr>{Heading("row", $"{row + 1}")}{HtmlFragment.Join(cells)}</tr>");
    }

    /// <summary>A heading that is read out but takes no room.</summary>
    private static HtmlFragment Heading(string scope, string text) => HtmlFragment.Of($"""<th scope="{scope}"><span class="unseen">{text}</span></th>""");

    private static HtmlFragment Cell(PatchWord patch)
    {
        var spoken = patch.State switch { "right" => " (right)", "wrong" => $" (wrong: {patch.Truth})", _ => "" };
        var truth = patch.IsJudged ? $"; truth: {patch.Truth ?? "ground"}" : "";
        var next = patch.Next.Count == 0 ? "" : $"; then {string.Join(", ", patch.Next.Select(word => $"{word.Word} {Cosine(word.Cosine)}"))}";
        var title = $"nearest word: {patch.Word}, cosine {Cosine(patch.Cosine)}{truth}{next}";
        return HtmlFragment.Of($"""<td class="patch {patch.State}" style="--n:{Math.Max(3, patch.Word.Length)}" title="{title}">{patch.Word}<span class="unseen">{spoken}</span></td>""");
    }

    private static string Cosine(double cosine) => cosine.ToString("0.00", CultureInfo.InvariantCulture);
}
