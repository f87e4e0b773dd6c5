using Collimate.Models;
using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Alignment.Reasoning;

/// <summary>Answers puzzles with about as many classes each: two layers and the scores of a puzzle's own classes, all puzzles in one batched product.</summary>
/// <remarks>Weights are kept for classes that exist only; where a puzzle has fewer than the largest, its missing scores are −∞.</remarks>
internal sealed class ClassTail : Module
{
    private readonly Activation activation;
    private readonly PuzzleLinear first;
    private readonly PuzzleLinear second;
    private readonly Tensor weight; // [classes of all puzzles, width]
    private readonly Tensor bias;   // [classes of all puzzles]
    private readonly int[] classes;
    private readonly int most;

    /// <param name="width">Width of what is read.</param>
    /// <param name="classes">How many classes each puzzle has.</param>
    /// <param name="activation">The non-linearity.</param>
    /// <param name="generator">Draws the weights.</param>
    public ClassTail(int width, int[] classes, Activation activation, Generator? generator)
    {
        (this.classes, this.activation, most) = (classes, activation, classes.Max());
        using var scope = new TensorScope();
        first = AddModule("0", new PuzzleLinear(classes.Length, width, width, generator));
        second = AddModule("2", new PuzzleLinear(classes.Length, width, width, generator));
        var all = classes.Sum();
        weight = AddParameter("4.weight", [all, width], () => Initialization.Uniform([all, width], 1 / Math.Sqrt(width), generator));
        bias = AddParameter("4.bias", Tensor.Zeros([all]));
    }

    /// <param name="x"><c>[rows, width]</c></param>
    /// <param name="rows">The rows by puzzle, of this tail's.</param>
    /// <returns><c>[rows, most classes]</c></returns>
    public Tensor Forward(Tensor x, PuzzleRows rows)
    {
        var hidden = activation.Apply(second.Forward(activation.Apply(first.Forward(rows.Gather(x), rows)), rows));       // [puzzles, most, width]
        var (places, missing) = Places(rows);
        var index = Tensor.From(places, [places.Length], x.Device);
        var own = weight.IndexSelect(0, index).Reshape(rows.PuzzleCount, most, weight.Size(1));                            // [puzzles, classes, width]
        var scores = hidden.MatMul(own.Transpose(1, 2)) + bias.IndexSelect(0, index).Reshape(rows.PuzzleCount, 1, most);    // [puzzles, most, classes]
        scores = missing.Contains(1) ? scores.MaskedFill(Tensor.From(missing, [rows.PuzzleCount, 1, most], x.Device).Ne(0), double.NegativeInfinity) : scores;
        return rows.Scatter(scores);
    }

    // Where each class's weights stand; a missing class takes those of the puzzle's first, and is hidden.
    private (long[] Places, long[] Missing) Places(PuzzleRows rows)
    {
        var (places, missing) = (new long[rows.PuzzleCount * most], new long[rows.PuzzleCount * most]);
        var start = classes.Take(rows.First).Sum();
        for (var puzzle = 0; puzzle < rows.PuzzleCount; puzzle++)
        {
            var own = classes[rows.First + puzzle];
            for (var at = 0; at < most; at++)
            {
                places[(puzzle * most) + at] = start + (at < own ? at : 0);
                missing[(puzzle * most) + at] = at < own ? 0 : 1;
            }

            start += own;
        }

        return (places, missing);
    }
}
