using Collimate.Data.Puzzles.Drawing;
using Collimate.Data.Scenes;

namespace Collimate.Data.Puzzles.Programs;

/// <summary>What an answer is made of.</summary>
internal enum PuzzleAnswerKind
{
    /// <summary>A whole number, perhaps of centimetres.</summary>
    Number,

    /// <summary>A letter that stands in the picture.</summary>
    Letter,

    /// <summary>Several letters.</summary>
    Letters,

    /// <summary>Several numbers.</summary>
    Numbers,
}

/// <summary>One idea of a puzzle, of which any number of instances can be drawn.</summary>
internal abstract class PuzzleProgram
{
    /// <summary>A short name, in words with hyphens.</summary>
    internal abstract string Name { get; }

    /// <summary>What it takes.</summary>
    internal abstract PuzzleSkill Skill { get; }

    /// <summary>What an answer is made of.</summary>
    internal abstract PuzzleAnswerKind Answer { get; }

    /// <summary>The part that it belongs to where whole puzzles are split.</summary>
    internal virtual PuzzlePart Part => PuzzlePart.Train;

    /// <summary>The code that fills up a sequence; null where the answer has one value.</summary>
    internal virtual int? End => null;

    /// <summary>How an option is chosen.</summary>
    internal PuzzleAnswerRule Rule => Answer switch
    {
        PuzzleAnswerKind.Number => PuzzleAnswerRule.Nearest,
        PuzzleAnswerKind.Letter => PuzzleAnswerRule.Match,
        _ => PuzzleAnswerRule.Sequence,
    };

    /// <summary>Draws an instance.</summary>
    /// <param name="things">Objects to draw with.</param>
    /// <param name="random">All that is left to chance.</param>
    internal abstract PuzzleDraft Draw(PuzzleThings things, ref SceneRandom random);

    /// <summary>A pale ground.</summary>
    private protected static PuzzlePicture Paper(ref SceneRandom random) =>
        new() { Ground = new Ink((byte)random.Between(232, 252), (byte)random.Between(232, 252), (byte)random.Between(232, 252)) };
}

/// <summary>An instance before it is painted.</summary>
/// <param name="Picture">What the picture shows.</param>
/// <param name="Question">What is asked.</param>
/// <param name="Options">Five, all different.</param>
/// <param name="Answer">Which is right, 0 to 4.</param>
internal sealed record PuzzleDraft(PuzzlePicture Picture, string Question, IReadOnlyList<string> Options, int Answer);
