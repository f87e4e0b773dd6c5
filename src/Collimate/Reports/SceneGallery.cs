namespace Collimate.Reports;

/// <summary>Pictures with what was asked about each, the answers before and after training, and the truth.</summary>
public sealed class SceneGallery
{
    private const int PictureSide = 288;

    /// <summary>The pictures.</summary>
    public required IReadOnlyList<GalleryItem> Items { get; init; }

    /// <summary>Writes the gallery.</summary>
    public HtmlFragment Render() => HtmlFragment.Of($"""
        <div class="gallery">
        {HtmlFragment.Join(Items.Select(Card))}
        </div>
        """);

    private static HtmlFragment Card(GalleryItem item)
    {
        var before = item.Questions.Any(question => question.Before is not null);
        var note = item.Note.Length == 0 ? HtmlFragment.Empty : HtmlFragment.Of($"""<span class="tag">{item.Note}</span>""");
        var beforeHeading = before ? HtmlFragment.Of($"""<th scope="col">before</th>""") : HtmlFragment.Empty;
        return HtmlFragment.Of($"""
            <article class="card">
            <figure>{PictureMarkup.Of(item.Picture, PictureSide, item.Description.Length > 0 ? item.Description : $"Scene {item.Id}")}
            <figcaption><code>{item.Id}</code> {note}</figcaption></figure>
            <div class="scroll" role="region" aria-label="Questions about {item.Id}" tabindex="0"><table class="answers">
            <caption>{Summary(item, before)}</caption>
            <thead><tr><th scope="col">question</th>{beforeHeading}<th scope="col">after</th><th scope="col">truth</th></tr></thead>
            <tbody>
            {HtmlFragment.Join(item.Questions.Select(question => Row(question, before)))}
            </tbody>
            </table></div>
            </article>
            """);
    }

    private static HtmlFragment Row(GalleryQuestion question, bool before)
    {
        var first = !before ? HtmlFragment.Empty
            : question.Before is { } answer ? Answer(answer, question.IsRightBefore)
            : HtmlFragment.Of($"<td>{ReportText.Absent}</td>");
        return HtmlFragment.Of(
            $"""<tr><th scope="row">{question.Question}</th>{first}{Answer(question.After, question.IsRightAfter)}<td class="truth">{question.Truth}</td></tr>""");
    }

    private static HtmlFragment Answer(string answer, bool isRight)
    {
        var (mark, words) = isRight ? ("✓", "right") : ("✗", "wrong");
        return HtmlFragment.Of(
            $"""<td class="{words}"><span class="sign" aria-hidden="true">{mark}</span><span class="unseen">{words}: </span>{(string.IsNullOrWhiteSpace(answer) ? "(nothing)" : answer)}</td>""");
    }

    private static string Summary(GalleryItem item, bool before)
    {
        var after = $"{item.Questions.Count(question => question.IsRightAfter)} of {item.Questions.Count} right";
        return before ? $"{after}; before training {item.Questions.Count(question => question.IsRightBefore)}" : after;
    }
}
