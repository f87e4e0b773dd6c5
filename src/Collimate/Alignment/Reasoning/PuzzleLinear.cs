using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Alignment.Reasoning;

/// <summary>A linear layer for each puzzle, all of one shape: x · weight[p]ᵀ + bias[p] for a row of puzzle p.</summary>
/// <remarks>A puzzle that is absent from a batch has a gradient of zeros, and an optimizer with momentum still moves it a little; published code, with a module a puzzle, leaves it alone.</remarks>
public sealed class PuzzleLinear : Module
{
    private readonly Tensor weight;
    private readonly Tensor bias;

    /// <param name="puzzles">How many puzzles.</param>
    /// <param name="inputs">Width of the input.</param>
    /// <param name="outputs">Width of the output.</param>
    /// <param name="generator">Draws the weights, uniform within 1/√inputs.</param>
    public PuzzleLinear(int puzzles, int inputs, int outputs, Generator? generator)
    {
        using var scope = new TensorScope();
        weight = AddParameter("weight", [puzzles, outputs, inputs], () => Initialization.Uniform([puzzles, outputs, inputs], 1 / Math.Sqrt(inputs), generator));
        bias = AddParameter("bias", Tensor.Zeros([puzzles, outputs]));
    }

    /// <summary>Applies each puzzle's layer to its rows.</summary>
    /// <param name="gathered"><c>[puzzles, most, inputs]</c>, as <see cref="PuzzleRows.Gather"/> made it.</param>
    /// <param name="rows">Which puzzles.</param>
    /// <returns><c>[puzzles, most, outputs]</c></returns>
    public Tensor Forward(Tensor gathered, PuzzleRows rows) =>
        gathered.MatMul(weight.Narrow(0, rows.First, rows.PuzzleCount).Transpose(1, 2)) + bias.Narrow(0, rows.First, rows.PuzzleCount).Unsqueeze(1);
}
