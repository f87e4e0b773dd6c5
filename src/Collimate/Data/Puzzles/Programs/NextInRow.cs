using Collimate.Data.Puzzles.Drawing;
using Collimate.Data.Scenes;

namespace Collimate.Data.Puzzles.Programs;

/// <summary>Objects repeat; which belongs in the gap.</summary>
internal sealed class NextInRow : PuzzleProgram
{
    private const int Length = 8;
    private const int LongestPeriod = 4;

    private static readonly string[] Patterns = ["AB", "ABC", "AAB", "ABB", "ABCD", "ABAC", "AABB", "ABCB"];

    internal override string Name => "next-in-row";

    internal override PuzzleSkill Skill => PuzzleSkill.Pattern;

    internal override PuzzleAnswerKind Answer => PuzzleAnswerKind.Letter;

    internal override PuzzleDraft Draw(PuzzleThings things, ref SceneRandom random)
    {
        string pattern;
        int gap;
        do
        {
            (pattern, gap) = (random.Pick<string>(Patterns), random.Between(4, Length - 1));
        }
        while (!IsPlain(pattern, gap));

        var items = things.Pick(PuzzleOptions.Count + 1, ref random);
        var right = pattern[gap % pattern.Length] - 'A';
        var (options, answer) = PuzzleOptions.Among(items[right], items.Where(item => item != items[right]), ref random);
        var picture = Paper(ref random);
        for (var at = 0; at < Length; at++)
        {
            var (x, y) = (4 + (at % 4 * 22), 3 + (at / 4 * 26));
            picture.Box(x + 1, y, 20, 22, at == gap ? Ink.Bright[3].Shaded(1.6) : Ink.White, Ink.Grey);
            if (at == gap)
            {
                picture.Text("?", x + 11, y + 11, 11);
            }
            else
            {
                picture.Glyph(items[pattern[at % pattern.Length] - 'A'], x + 11, y + 11, 17);
            }
        }

        AnswerRow.Glyphs(picture, options);
        return new PuzzleDraft(picture, "the row repeats. which letter belongs at the question mark?", PuzzleOptions.Letters, answer);
    }

    // Whatever repetition fits what is seen says the same about the gap.
    private static bool IsPlain(string pattern, int gap)
    {
        char At(int at) => pattern[at % pattern.Length];
        int[] seen = [.. Enumerable.Range(0, Length).Where(at => at != gap)];
        return Enumerable.Range(1, LongestPeriod)
            .Where(period => seen.All(at => seen.All(other => at % period != other % period || At(at) == At(other))))
            .All(period => seen.Where(at => at % period == gap % period).Any(at => At(at) == At(gap)));
    }
}
