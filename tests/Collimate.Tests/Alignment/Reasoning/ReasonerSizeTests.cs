using Collimate.Alignment.Reasoning;
using Collimate.Data.Puzzles;
using Collimate.Torch.Layers;

namespace Collimate.Tests.Alignment.Reasoning;

/// <summary>The published reasoner's 29,623,375 trainable parameters, part by part.</summary>
public sealed class ReasonerSizeTests
{
    private const long Published = 29_623_375;
    private const int Width = 128, Inner = 256, Text = 768, Places = 110, Heads = 2;

    // Weights that the published module registers too and that cannot change an answer.
    private const long DeadWithoutVocabulary =
        2 * (Width + 1)                                                                             // a head and a tail for puzzle 0, which there is none of
        + ((Text * Inner) + Inner + (Inner * Width) + Width)                                        // the question's MLP, which the QF layer replaces
        + ((Width * Width) + Width)                                                                 // the encoder of options, without its embedding
        + (2 * ((2 * Places) - 1) * (Text / Heads))                                                 // relative positions, computed and overwritten
        + (3 * ((Text * Text) + Text))                                                              // self-attention over equal rows
        + ((Text * Text) + Text) + ((Width * Text) + Text);                                         // query and key of a softmax that is uniform

    [Fact]
    public void FullSize_WithThePublishedSizes_LeavesOnlyVocabularyAndClassesOpen()
    {
        using var deferred = Initialization.Defer(); // shapes alone: nothing is drawn
        var kinds = Kinds(classes: 100, last: 50);
        using var reasoner = new PuzzleReasoner(new ReasonerShape { Puzzles = kinds, PictureWidths = [Text, Text], QuestionWidth = Text, Qf = QfForm.Parity });

        var classes = kinds.Where(kind => kind.Steps == 1).Sum(kind => (long)(Width + 1) * kind.Classes);
        var sequences = kinds.Where(kind => kind.Steps > 1).Sum(kind => 3L * kind.Classes * (Width + kind.Classes + 2));
        var fixedPart = reasoner.ParameterCount - classes - sequences;

        Assert.Equal(25_403_392, fixedPart); // all that does not depend on the download
        // What is left of the published number is 128 a word of its vocabulary, 129 a class, and the recurrent heads: 27, 27, 27, 6, 6 classes and puzzle 63's.
        const long KnownSequences = (3 * 3 * 27 * (Width + 27 + 2)) + (2 * 3 * 6 * (Width + 6 + 2));
        var open = Published - fixedPart - DeadWithoutVocabulary - KnownSequences;
        Assert.Equal(1_300_774, open);
        Assert.InRange(open / 129.0, 2_000, 20_000); // words and classes together: a count that such a data set can have
    }

    [Fact]
    public void FullSize_RealForm_HasItsOwnKeysForEachTower()
    {
        using var deferred = Initialization.Defer();
        var kinds = Kinds(classes: 10, last: 10);
        var shape = new ReasonerShape { Puzzles = kinds, PictureWidths = [Text, Text], QuestionWidth = Text, Qf = QfForm.Parity };
        using var parity = new PuzzleReasoner(shape);
        using var real = new PuzzleReasoner(shape with { Qf = QfForm.Real });

        // Self-attention, a query, and a key and a value for each of two towers, in place of one value from the picture's vector.
        Assert.Equal((3L * ((Text * Text) + Text)) + (Text * Text) + Text + (4L * ((Text * Text) + Text)) - ((Width * Text) + Text), real.ParameterCount - parity.ParameterCount);
    }

    private static PuzzleKind[] Kinds(int classes, int last) => [.. Enumerable.Range(1, 101).Select(id => SmartFacts.Sequences.Contains(id)
        ? new PuzzleKind(id, PuzzleSkill.Order, PuzzleAnswerRule.Sequence, id switch { 16 or 39 or 100 => 27, 18 or 35 => 6, _ => last }, 10)
        : new PuzzleKind(id, PuzzleSkill.Math, PuzzleAnswerRule.Nearest, classes, 1))];
}
