using Collimate.Torch;

namespace Collimate.Alignment.Reasoning;

/// <summary>What the heads of some puzzles say of some rows.</summary>
/// <param name="Rows">Which rows of the batch.</param>
/// <param name="Scores"><c>[rows, steps, classes]</c>, −∞ for classes that a puzzle does not have; or <c>[rows, 1, 1]</c>, a number.</param>
/// <param name="IsValue">Whether the scores are numbers.</param>
public sealed record TailScores(IReadOnlyList<int> Rows, Tensor Scores, bool IsValue)
{
    /// <summary>The answers: the class with the highest score at each step, or the number rounded down.</summary>
    /// <returns>For each of <see cref="Rows"/> as many values as there are steps.</returns>
    public int[][] Answers()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        var steps = (int)Scores.Size(1);
        var values = IsValue ? Scores.Floor().To(ScalarType.Int64).Reshape(-1).ToArray<long>() : Scores.ArgMax(2).Reshape(-1).ToArray<long>();
        return [.. values.Chunk(steps).Select(row => Array.ConvertAll(row, value => (int)value))];
    }
}
