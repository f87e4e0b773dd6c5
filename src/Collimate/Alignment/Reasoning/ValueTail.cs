using Collimate.Models;
using Collimate.Torch;

namespace Collimate.Alignment.Reasoning;

/// <summary>Answers puzzles with a number: three layers of each puzzle's own (SMART-101's regression).</summary>
internal sealed class ValueTail : Module
{
    private readonly Activation activation;
    private readonly PuzzleLinear[] layers;

    /// <param name="width">Width of what is read.</param>
    /// <param name="puzzles">How many puzzles.</param>
    /// <param name="activation">The non-linearity.</param>
    /// <param name="generator">Draws the weights.</param>
    public ValueTail(int width, int puzzles, Activation activation, Generator? generator)
    {
        this.activation = activation;
        layers = [.. new[] { width, width, 1 }.Select((outputs, at) => AddModule($"{2 * at}", new PuzzleLinear(puzzles, width, outputs, generator)))];
    }

    /// <param name="x"><c>[rows, width]</c></param>
    /// <param name="rows">The rows by puzzle, of this tail's.</param>
    /// <returns><c>[rows, 1]</c></returns>
    public Tensor Forward(Tensor x, PuzzleRows rows)
    {
        var hidden = activation.Apply(layers[1].Forward(activation.Apply(layers[0].Forward(rows.Gather(x), rows)), rows));
        return rows.Scatter(layers[2].Forward(hidden, rows));
    }
}
