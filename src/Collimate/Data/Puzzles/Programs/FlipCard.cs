using Collimate.Data.Puzzles.Drawing;
using Collimate.Data.Scenes;

namespace Collimate.Data.Puzzles.Programs;

/// <summary>What a card of coloured squares looks like when it is flipped or turned.</summary>
internal sealed class FlipCard : PuzzleProgram
{
    private const int Side = 3;

    private static readonly string[] Moves = ["flipped left to right", "flipped top to bottom", "turned by half a turn", "turned a quarter to the right"];

    internal override string Name => "flip-card";

    internal override PuzzleSkill Skill => PuzzleSkill.Spatial;

    internal override PuzzleAnswerKind Answer => PuzzleAnswerKind.Letter;

    internal override PuzzlePart Part => PuzzlePart.Validation;

    internal override PuzzleDraft Draw(PuzzleThings things, ref SceneRandom random)
    {
        var card = new int[Side * Side];
        do
        {
            for (var cell = 0; cell < card.Length; cell++)
            {
                card[cell] = random.Next(3);
            }
        }
        while (Enumerable.Range(0, 8).Select(view => string.Concat(Seen(card, view))).Distinct().Count() < 8);

        int[] views = [0, 1, 2, 3, 4, 5, 6, 7];
        random.Shuffle(views.AsSpan());
        var move = random.Next(Moves.Length);
        var (options, answer) = PuzzleOptions.Among(move, views.Where(view => view != move), ref random);
        var inks = Ink.Bright.ToArray();
        random.Shuffle(inks.AsSpan());
        Ink[] colours = [Ink.White, inks[0], inks[1]];
        var picture = Paper(ref random);
        Paint(picture, card, new Spot(48, 30), 16, colours);
        for (var option = 0; option < options.Length; option++)
        {
            Paint(picture, Seen(card, options[option]), AnswerRow.Place(option), 5.4, colours);
        }

        AnswerRow.Letters(picture);
        return new PuzzleDraft(picture, $"which letter shows the card when it is {Moves[move]}?", PuzzleOptions.Letters, answer);
    }

    // The eight ways to look at a square; the first four are those that are asked for, the fifth is as it is.
    private static int[] Seen(int[] card, int view) => [.. Enumerable.Range(0, card.Length).Select(cell =>
    {
        var (row, column, last) = (cell / Side, cell % Side, Side - 1);
        var (fromRow, fromColumn) = view switch
        {
            0 => (row, last - column),
            1 => (last - row, column),
            2 => (last - row, last - column),
            3 => (last - column, row),
            4 => (row, column),
            5 => (column, last - row),
            6 => (column, row),
            _ => (last - column, last - row),
        };
        return card[(fromRow * Side) + fromColumn];
    })];

    private static void Paint(PuzzlePicture picture, int[] card, Spot centre, double cell, Ink[] colours)
    {
        var (left, top) = (centre.X - (Side * cell / 2), centre.Y - (Side * cell / 2));
        for (var at = 0; at < card.Length; at++)
        {
            picture.Box(left + (at % Side * cell), top + (at / Side * cell), cell, cell, colours[card[at]], cell > 8 ? Ink.Pale : null, 0.8);
        }

        picture.Line(cell > 8 ? 1.6 : 0.9, Ink.Dark, [new(left, top), new(left + (Side * cell), top), new(left + (Side * cell), top + (Side * cell)), new(left, top + (Side * cell)), new(left, top)]);
    }
}
