using Collimate.Data.Puzzles.Drawing;
using Collimate.Data.Scenes;

namespace Collimate.Data.Puzzles.Programs;

/// <summary>Five fishing lines cross; who holds the one that ends at the object.</summary>
internal sealed class TangledLines : PuzzleProgram
{
    private const int Levels = 4;
    private const double Top = 14;
    private const double Bottom = 76;

    internal override string Name => "tangled-lines";

    internal override PuzzleSkill Skill => PuzzleSkill.Path;

    internal override PuzzleAnswerKind Answer => PuzzleAnswerKind.Letter;

    internal override PuzzlePart Part => PuzzlePart.Test;

    internal override PuzzleDraft Draw(PuzzleThings things, ref SceneRandom random)
    {
        var slots = new int[Levels + 1][]; // [level][line] the slot of a line
        slots[0] = [0, 1, 2, 3, 4];
        for (var level = 1; level <= Levels; level++)
        {
            slots[level] = [.. slots[level - 1]];
            var first = random.Next(PuzzleOptions.Count - 1);
            Swap(slots[level], first);
            var second = random.Next(PuzzleOptions.Count - 1);
            if (Math.Abs(first - second) > 1)
            {
                Swap(slots[level], second);
            }
        }

        var (inks, items) = (Ink.Bright.ToArray(), things.Pick(PuzzleOptions.Count, ref random));
        random.Shuffle(inks.AsSpan());
        var picture = Paper(ref random);
        for (var line = 0; line < PuzzleOptions.Count; line++)
        {
            Spot[] way = [.. Enumerable.Range(0, (Levels * 8) + 1).Select(step => Along(slots, line, step / 8.0))];
            picture.Line(3.6, picture.Ground, way).Line(1.9, inks[line].Shaded(0.9), way);
            picture.Text(PuzzleOptions.Letters[line], X(line), 6, 8);
        }

        var answer = random.Next(PuzzleOptions.Count);
        for (var slot = 0; slot < PuzzleOptions.Count; slot++)
        {
            picture.Glyph(items[slot], X(slot), 85, 17);
        }

        return new PuzzleDraft(
            picture, $"which letter holds the line of the {things.NameOf(items[slots[Levels][answer]])}?", PuzzleOptions.Letters, answer);
    }

    private static void Swap(int[] slotOfLine, int slot)
    {
        var (left, right) = (Array.IndexOf(slotOfLine, slot), Array.IndexOf(slotOfLine, slot + 1));
        (slotOfLine[left], slotOfLine[right]) = (slot + 1, slot);
    }

    private static Spot Along(int[][] slots, int line, double level)
    {
        var before = Math.Min((int)level, Levels - 1);
        var eased = (1 - Math.Cos((level - before) * Math.PI)) / 2;
        var slot = slots[before][line] + ((slots[before + 1][line] - slots[before][line]) * eased);
        return new Spot(X(slot), Top + ((Bottom - Top) * level / Levels));
    }

    private static double X(double slot) => 10 + (slot * 19);
}
