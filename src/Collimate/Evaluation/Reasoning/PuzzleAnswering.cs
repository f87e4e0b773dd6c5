using Collimate.Alignment.Reasoning;
using Collimate.Data.Puzzles;
using Collimate.Torch;
using Collimate.Training.Reasoning;

namespace Collimate.Evaluation.Reasoning;

/// <summary>Asks a reasoner.</summary>
public static class PuzzleAnswering
{
    private const int Together = 128;

    /// <summary>Answers puzzles.</summary>
    /// <param name="model">The reasoner.</param>
    /// <param name="senses">Makes input of puzzles.</param>
    /// <param name="instances">The puzzles; all of kinds that the reasoner has heads for.</param>
    /// <param name="cancellation">Ends it between two batches.</param>
    public static PuzzleAnswerSheet Answer(ReasonerModel model, PuzzleSenses senses, IReadOnlyList<PuzzleInstance> instances, CancellationToken cancellation = default)
    {
        using var off = GradMode.Disable();
        var answers = new IReadOnlyList<int>[instances.Count];
        var loss = 0.0;
        // Puzzle by puzzle, as a batch of few puzzles is the smallest product.
        foreach (var places in Enumerable.Range(0, instances.Count).OrderBy(at => instances[at].Puzzle).Chunk(Together))
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = new TensorScope();
            PuzzleInstance[] rows = [.. places.Select(at => instances[at])];
            var scores = model.Head.Forward(senses.Input(rows, model));
            loss += ReasonerLoss.Of(scores, [.. rows.Select(row => row.Value)], [.. Enumerable.Repeat(1.0 / instances.Count, rows.Length)]).Item();
            foreach (var tail in scores)
            {
                foreach (var (row, answer) in tail.Rows.Zip(tail.Answers()))
                {
                    answers[places[row]] = answer;
                }
            }
        }

        return new PuzzleAnswerSheet(instances, answers, loss);
    }
}

/// <summary>A reasoner's answers.</summary>
/// <param name="Instances">What it was asked.</param>
/// <param name="Answers">What it said, one value a step, in the same order.</param>
/// <param name="Loss">The mean loss of an instance, infinite where an answer is no class of its puzzle's head.</param>
public sealed record PuzzleAnswerSheet(IReadOnlyList<PuzzleInstance> Instances, IReadOnlyList<IReadOnlyList<int>> Answers, double Loss)
{
    /// <summary>The share that is solved: every step right (S_acc).</summary>
    public double Solved => Instances.Count == 0 ? double.NaN : Instances.Zip(Answers).Count(pair => pair.First.Value.SequenceEqual(pair.Second)) / (double)Instances.Count;
}
