using Collimate.Torch;
using Collimate.Training;

namespace Collimate.PermutationLearning;

/// <summary>Keeps the first set's matrix at a dozen moments of an experiment, small enough for a picture.</summary>
internal sealed class MatrixFilm
{
    private const int MostFrames = 12;
    private const int MostCells = 200;

    private readonly HashSet<long> moments;
    private (byte[] Plain, byte[] Sorted, int Side)? taken;

    internal MatrixFilm(PermutationSettings settings)
    {
        // Learning is fastest at the beginning, and so are the pictures.
        var last = settings.Steps - 1;
        moments = [.. Enumerable.Range(0, MostFrames).Select(k => (long)Math.Round(last * Math.Pow((double)k / (MostFrames - 1), 2)))];
    }

    internal List<MatrixFrame> Frames { get; } = [];

    /// <summary>Takes a picture where the moment has come.</summary>
    internal void Watch(StepClock clock, Tensor matrices, long[] target)
    {
        if (!moments.Contains(clock.Step))
        {
            return;
        }

        using var scope = new TensorScope();
        using var _ = GradMode.Disable();
        var matrix = matrices.Detach().Select(0, 0).To(ScalarType.Float32); // [n, n]
        var sorted = matrix.IndexSelect(1, Tensor.From(target)); // the right element of row i stands in column i
        var n = target.Length;
        var step = (n + MostCells - 1) / MostCells;
        taken = (Shrink(matrix.ToArray<float>(), n, step), Shrink(sorted.ToArray<float>(), n, step), (n + step - 1) / step);
    }

    /// <summary>Puts the picture of a finished step into the film.</summary>
    internal void Advance(PermutationStep step)
    {
        if (taken is { } frame)
        {
            Frames.Add(new MatrixFrame(step.Step, step.Temperature, step.Figures.Accuracy, frame.Side, frame.Plain, frame.Sorted));
            taken = null;
        }
    }

    // The largest element of every square, so that single ones do not vanish; the root shows what is small.
    private static byte[] Shrink(float[] matrix, int n, int step)
    {
        var side = (n + step - 1) / step;
        var cells = new float[side * side];
        for (var row = 0; row < n; row++)
        {
            for (var column = 0; column < n; column++)
            {
                ref var cell = ref cells[(row / step * side) + (column / step)];
                cell = Math.Max(cell, matrix[(row * n) + column]);
            }
        }

        return [.. cells.Select(value => (byte)Math.Round(255 * Math.Sqrt(Math.Clamp(value, 0f, 1f))))];
    }
}

/// <summary>A matrix at a moment, shrunk to a picture.</summary>
/// <param name="Step">After how many steps, this one among them.</param>
/// <param name="Temperature">The temperature.</param>
/// <param name="Accuracy">The share of right rows of all sets.</param>
/// <param name="Side">Pixels of a side.</param>
/// <param name="Plain">The matrix, <c>[side, side]</c>: 255 where an element is 1.</param>
/// <param name="Sorted">The same with the columns in their right order: what is learnt shows as a diagonal.</param>
public sealed record MatrixFrame(long Step, double Temperature, double Accuracy, int Side, byte[] Plain, byte[] Sorted);
