using Collimate.Torch;

namespace Collimate.Alignment.Reasoning;

/// <summary>SMART-101's loss: the mean over the puzzles of a batch of the mean over their rows of the cross-entropy, of a sequence the mean over its steps; for numbers the distance.</summary>
public static class ReasonerLoss
{
    /// <summary>The weight of every row, so that rows of a batch may be computed in parts whose losses add up.</summary>
    /// <param name="puzzles">The puzzle of each row of the whole batch.</param>
    /// <returns>1 / (puzzles there · rows of the row's puzzle)</returns>
    public static double[] Weights(IReadOnlyList<int> puzzles)
    {
        var counts = puzzles.CountBy(puzzle => puzzle).ToDictionary();
        return [.. puzzles.Select(puzzle => 1.0 / (counts.Count * counts[puzzle]))];
    }

    /// <summary>The sum over rows of weight times loss.</summary>
    /// <param name="scores">What the heads say.</param>
    /// <param name="values">The right values of each row, as many as its puzzle has steps.</param>
    /// <param name="weights">The weight of each row.</param>
    /// <returns>A single number.</returns>
    public static Tensor Of(IReadOnlyList<TailScores> scores, IReadOnlyList<IReadOnlyList<int>> values, IReadOnlyList<double> weights)
    {
        using var scope = new TensorScope();
        Tensor? sum = null;
        foreach (var tail in scores)
        {
            var (rows, steps, device) = (tail.Rows.Count, (int)tail.Scores.Size(1), tail.Scores.Device);
            long[] right = [.. tail.Rows.SelectMany(row => values[row].Select(value => (long)value))];
            float[] weight = [.. tail.Rows.SelectMany(row => Enumerable.Repeat((float)(weights[row] / steps), steps))];
            var wanted = Tensor.From(right, [rows, steps, 1], device);
            var losses = tail.IsValue
                ? (tail.Scores - wanted.To(tail.Scores.Type)).Abs()
                : -tail.Scores.LogSoftmax(2).Gather(2, wanted);                     // [rows, steps, 1]
            var part = (losses * Tensor.From(weight, [rows, steps, 1], device)).Sum();
            sum = sum is null ? part : sum + part;
        }

        return scope.Escape(sum ?? throw new ArgumentException("there is no row", nameof(scores)));
    }
}
