using Collimate.Data.Scenes;
using Collimate.Reports;

namespace Collimate.Comparison;

/// <summary>What the models of a comparison make of the same pictures: where they answer differently, the words of their visual tokens, and their order.</summary>
internal static class ComparisonExamples
{
    private const int Cards = 6;
    private const int QuestionsOfACard = 3;

    /// <summary>Adds the sections; each only where there is something to show.</summary>
    public static void Add(HtmlReport page, ComparisonTable table, ComparisonCommands commands)
    {
        var answered = table.Rows.Where(row => row.Answers.ContainsKey(row.Runs[0].Seed)).ToArray();
        if (answered.Length > 1 && Disagreements(answered) is { Length: > 0 } scenes)
        {
            page.AddSection("disagreements", "Where they disagree", "Held-out compositions on which some methods are right and others wrong (the first seed of each). ✓ marks a right answer, ✗ a wrong one. Picked for disagreement: they tell what the methods differ in, not how good they are.", HtmlFragment.Join(scenes.Select(scene => Card(scene, answered))));
        }

        var looked = table.Rows.Where(row => row.Look is not null).ToArray();
        AddWords(page, looked, commands);
        AddOrders(page, table, looked, commands);
    }

    private static void AddWords(HtmlReport page, ComparedRecipe[] looked, ComparisonCommands commands)
    {
        if (!looked.Any(row => row.Look!.Words.Count > 0))
        {
            return;
        }

        var scenes = looked.SelectMany(row => row.Look!.Words).Select(words => words.Scene).Distinct().Order();
        page.AddSection("words", "What each patch means", "The word nearest to each visual token, on the same pictures (the first seed of each). Green with a solid frame: the name of what the patch shows; orange and dashed: another word; grey: bare ground.", HtmlFragment.Join(
        [
            .. scenes.Select(scene => HtmlFragment.Of($"""
                <h3>Scene {scene + 1}</h3>
                <div class="side">
                <article><h4>the picture</h4>{PictureMarkup.Of(SceneRenderer.Render(AskedScenes.Scene(scene)), 288, $"Scene {scene + 1}")}</article>
                {HtmlFragment.Join(looked.Select(row => WordsOf(row, scene)))}
                </div>
                """)),
            ComparisonPage.Command(commands.Words(looked[^1])),
        ]));
    }

    private static HtmlFragment WordsOf(ComparedRecipe row, int scene) => row.Look!.Words.FirstOrDefault(words => words.Scene == scene) is { } found
        ? HtmlFragment.Of($"""<article><h4>{row.Name}</h4>{AlignmentMapView.Table(found.On(AskedScenes.Scene(scene)))}</article>""")
        : HtmlFragment.Of($"""<article><h4>{row.Name}</h4><p class="note">It has no visual tokens that could be compared with words.</p></article>""");

    private static void AddOrders(HtmlReport page, ComparisonTable table, ComparedRecipe[] looked, ComparisonCommands commands)
    {
        if (!looked.Any(row => row.Look!.Moved > 0))
        {
            return;
        }

        var question = table.Rows.SelectMany(row => row.Answers.Values).SelectMany(answers => answers).FirstOrDefault(answer => answer is { Split: "compositions", Scene: 0, Number: 0 })?.Question ?? "";
        page.AddSection("orders", "In what order the tokens enter", $"The first picture's tokens with the question \"{question}\". Patches are numbered in raster order; those with a colour stand in the sentence at the place with that colour.", HtmlFragment.Join(
        [
            HtmlFragment.Of($"""
                <div class="side wide">
                {HtmlFragment.Join(looked.Select(row => HtmlFragment.Of($"""<article><h4>{row.Name}</h4>{OrderOf(row)}</article>""")))}
                </div>
                """),
            ComparisonPage.Command(commands.Order(looked.First(row => row.Look!.Moved > 0), question)),
        ]));
    }

    // As a picture in a page an SVG runs nothing, whoever wrote the file.
    private static HtmlFragment OrderOf(ComparedRecipe row) => row.Look is { Order: { } svg, Moved: > 0 and var moved }
        ? HtmlFragment.Of($"""
            <p class="note">{moved} image tokens stand elsewhere than where concatenation puts them.</p>
            <div class="scroll" role="region" aria-label="Order of {row.Name}" tabindex="0"><img class="order" alt="The order of tokens of {row.Name}" src="data:image/svg+xml;base64,{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(svg))}"></div>
            """)
        : HtmlFragment.Of($"""<p class="note">{(row.Look!.Order is null ? "It is shown no picture." : "One after the other, as concatenation puts them: the picture, then the question.")}</p>""");

    // Scenes by how many questions divide the methods; of each the questions that divide them most evenly.
    private static RunAnswer[][] Disagreements(ComparedRecipe[] rows)
    {
        var all = rows.Select(row => row.Answers[row.Runs[0].Seed].Where(answer => answer is { Split: "compositions", Scene: < AskedScenes.WrittenScenes })).ToArray();
        var rights = all.SelectMany(answers => answers).GroupBy(answer => (answer.Scene, answer.Number)).ToDictionary(asked => asked.Key, asked => asked.Count(answer => answer.Right));
        return
        [
            .. all[0].Where(answer => rights[(answer.Scene, answer.Number)] is > 0 and var right && right < rows.Length)
                .GroupBy(answer => answer.Scene).OrderByDescending(scene => scene.Count()).ThenBy(scene => scene.Key).Take(Cards)
                .Select(scene => scene.OrderBy(answer => Math.Abs((2 * rights[(answer.Scene, answer.Number)]) - rows.Length)).ThenBy(answer => answer.Number).Take(QuestionsOfACard).OrderBy(answer => answer.Number).ToArray()),
        ];
    }

    private static HtmlFragment Card(RunAnswer[] asked, ComparedRecipe[] rows)
    {
        var scene = AskedScenes.Scene(asked[0].Scene);
        return HtmlFragment.Of($"""
            <article class="card">
            <figure>{PictureMarkup.Of(SceneRenderer.Render(scene), 288, $"Scene {scene.Id}")}<figcaption><code>{scene.Id}</code></figcaption></figure>
            <div>{HtmlFragment.Join(asked.Select(question => Asked(question, rows)))}</div>
            </article>
            """);
    }

    private static HtmlFragment Asked(RunAnswer question, ComparedRecipe[] rows) => HtmlFragment.Of($"""
        <div class="asked">
        <p><b>{question.Question}</b> <span class="tag">{question.Truth}</span></p>
        <ul class="said">
        {HtmlFragment.Join(rows.Select(row => Said(row.Name, row.Answers[row.Runs[0].Seed].FirstOrDefault(answer => answer.Split == "compositions" && answer.Scene == question.Scene && answer.Number == question.Number))))}
        </ul>
        </div>
        """);

    private static HtmlFragment Said(string name, RunAnswer? answer)
    {
        var (mark, word) = answer is { Right: true } ? ("✓", "right") : ("✗", "wrong");
        return answer is null
            ? HtmlFragment.Of($"""<li><span>{name}</span><span>{ReportText.Absent}</span></li>""")
            : HtmlFragment.Of($"""<li><span>{name}</span><span class="{word}"><span class="unseen">{word}: </span>{(string.IsNullOrWhiteSpace(answer.Answer) ? "(nothing)" : Short(answer.Answer))} <span aria-hidden="true">{mark}</span></span></li>""");
    }

    private static string Short(string answer) => answer.Length <= 40 ? answer : answer[..39] + "…";
}
