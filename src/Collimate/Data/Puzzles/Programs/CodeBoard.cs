using Collimate.Data.Puzzles.Drawing;
using Collimate.Data.Scenes;

namespace Collimate.Data.Puzzles.Programs;

/// <summary>Letters on a board; a word is written by the places of its letters.</summary>
internal sealed class CodeBoard : PuzzleProgram
{
    private const int Side = 3;
    private const int Length = 3;
    private const string Alphabet = "ABCDEFGHKLMNPRSTUVXY";

    internal override string Name => "code-board";

    internal override PuzzleSkill Skill => PuzzleSkill.Logic;

    internal override PuzzleAnswerKind Answer => PuzzleAnswerKind.Letters;

    internal override int? End => 26;

    internal override PuzzleDraft Draw(PuzzleThings things, ref SceneRandom random)
    {
        var letters = Alphabet.ToCharArray();
        random.Shuffle(letters.AsSpan());
        var words = new List<int[]>();
        while (words.Count < PuzzleOptions.Count)
        {
            var cells = Enumerable.Range(0, Side * Side).ToArray();
            random.Shuffle(cells.AsSpan());
            if (!words.Exists(word => word.SequenceEqual(cells.Take(Length))))
            {
                words.Add([.. cells.Take(Length)]);
            }
        }

        var picture = Paper(ref random);
        var ink = random.Pick<Ink>(Ink.Bright);
        for (var at = 0; at < Side; at++)
        {
            picture.Text(PuzzleOptions.Letters[at], 33 + (at * 25), 9, 9, ink).Text($"{at + 1}", 10, 30 + (at * 25), 9, ink);
        }

        for (var cell = 0; cell < Side * Side; cell++)
        {
            var (x, y) = (33 + (cell % Side * 25), 30 + (cell / Side * 25));
            picture.Box(x - 12.5, y - 12.5, 25, 25, Ink.White, Ink.Grey, 1.2).Text($"{letters[cell]}", x, y, 14);
        }

        // Any of the five could be asked for.
        var answer = random.Next(words.Count);
        var code = string.Join(' ', words[answer].Select(cell => $"{PuzzleOptions.Letters[cell % Side]}{(cell / Side) + 1}"));
        return new PuzzleDraft(
            picture, $"which word has the code {code}?", [.. words.Select(word => string.Concat(word.Select(cell => letters[cell])))], answer);
    }
}
