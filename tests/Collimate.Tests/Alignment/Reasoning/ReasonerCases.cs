using Collimate.Alignment.Reasoning;
using Collimate.Data.Puzzles;
using Collimate.Torch;

namespace Collimate.Tests.Alignment.Reasoning;

/// <summary>Small reasoners and input for them.</summary>
internal static class ReasonerCases
{
    /// <summary>Six puzzles: classes from 2 to 40, and two with sequences.</summary>
    public static readonly IReadOnlyList<PuzzleKind> Kinds =
    [
        new(3, PuzzleSkill.Counting, PuzzleAnswerRule.Nearest, 7, 1), new(5, PuzzleSkill.Math, PuzzleAnswerRule.Nearest, 40, 1), new(7, PuzzleSkill.Logic, PuzzleAnswerRule.Match, 2, 1),
        new(8, PuzzleSkill.Order, PuzzleAnswerRule.Sequence, 4, 10), new(9, PuzzleSkill.Path, PuzzleAnswerRule.Nearest, 5, 1), new(11, PuzzleSkill.Spatial, PuzzleAnswerRule.Sequence, 6, 10),
    ];

    public static ReasonerShape Shape => new() { Puzzles = Kinds, PictureWidths = [6, 4], QuestionWidth = 8, Width = 16, Inner = 12, Heads = 2, Queries = 3 };

    /// <summary>Random pictures of 3 tokens and questions of 1 to 5.</summary>
    public static ReasonerInput Input(IReadOnlyList<int> puzzles, ReasonerShape shape, ulong seed = 3)
    {
        using var generator = new Generator(seed);
        var rows = puzzles.Count;
        Tensor[] pictures = [.. shape.PictureWidths.Select(width => Tensor.RandomNormal([rows, 3, width], generator))];
        var question = shape.QuestionWidth is { } wide ? new QuestionTokens(Tensor.RandomNormal([rows, 5, wide], generator), [.. Enumerable.Range(0, rows).Select(row => 1 + (row % 5))]) : null;
        return new ReasonerInput(puzzles, pictures, question);
    }

    /// <summary>One row of an input as a batch of its own, its question without what stands beyond its tokens.</summary>
    public static ReasonerInput Row(ReasonerInput input, int row) => new(
        [input.Puzzles[row]], [.. input.Pictures.Select(tower => tower.Narrow(0, row, 1))],
        input.Question is { } question ? new QuestionTokens(question.Tokens.Narrow(0, row, 1).Narrow(1, 0, question.Lengths[row]), [question.Lengths[row]]) : null);

    /// <summary>Scores by row, only those of classes that the row's puzzle has: [steps][classes].</summary>
    public static double[][][] ByRow(IReadOnlyList<TailScores> scores, IReadOnlyList<int> puzzles)
    {
        var rows = new double[puzzles.Count][][];
        foreach (var tail in scores)
        {
            var (values, steps, classes) = (tail.Scores.To(ScalarType.Float64).ToArray<double>(), (int)tail.Scores.Size(1), (int)tail.Scores.Size(2));
            for (var at = 0; at < tail.Rows.Count; at++)
            {
                var own = tail.IsValue ? 1 : Kinds[puzzles[tail.Rows[at]]].Classes;
                rows[tail.Rows[at]] = [.. Enumerable.Range(0, steps).Select(step => values.AsSpan((((at * steps) + step) * classes), own).ToArray())];
            }
        }

        return rows;
    }
}
