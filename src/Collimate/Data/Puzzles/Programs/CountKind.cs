using Collimate.Data.Scenes;

namespace Collimate.Data.Puzzles.Programs;

/// <summary>How often one of three objects appears.</summary>
internal sealed class CountKind : PuzzleProgram
{
    private const int Side = 4;
    private const int Most = 8;

    internal override string Name => "count-kind";

    internal override PuzzleSkill Skill => PuzzleSkill.Counting;

    internal override PuzzleAnswerKind Answer => PuzzleAnswerKind.Number;

    internal override PuzzleDraft Draw(PuzzleThings things, ref SceneRandom random)
    {
        var items = things.Pick(3, ref random);
        var count = random.Between(1, Most);
        var total = random.Between(Most + 2, Side * Side); // so that how much there is says nothing of the count
        var second = random.Between(1, total - count - 1);
        var cells = Enumerable.Range(0, Side * Side).ToArray();
        random.Shuffle(cells.AsSpan());
        var picture = Paper(ref random);
        for (var at = 0; at < total; at++)
        {
            var item = at < count ? items[0] : at < count + second ? items[1] : items[2];
            picture.Glyph(item, (cells[at] % Side * 24) + 12 + random.Between(-1, 1), (cells[at] / Side * 24) + 12 + random.Between(-1, 1), random.Between(19, 22));
        }

        var (options, answer) = PuzzleOptions.Numbers(count, 1, Most, ref random);
        return new PuzzleDraft(picture, $"how many times does the {things.NameOf(items[0])} appear?", options, answer);
    }
}
