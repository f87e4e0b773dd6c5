using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Alignment.Reasoning;

/// <summary>Answers a puzzle with a sequence: a recurrent unit as wide as the puzzle has classes reads the same vector at every step, and its state is the scores.</summary>
/// <remarks>
/// Names and order of gates are PyTorch's (<c>torch.nn.GRU</c>, <c>torch.nn.LSTM</c>). As the input never changes, its product is computed once. The published code hands the unit a matrix
/// [rows, width], which PyTorch reads as one sequence over the rows; here every row is a sequence of its own.
/// </remarks>
internal sealed class SequenceTail : Module
{
    private const int GruGates = 3;
    private const int LstmGates = 4;

    private readonly bool isLstm;
    private readonly int steps;
    private readonly Tensor inputWeight;
    private readonly Tensor stateWeight;
    private readonly Tensor inputBias;
    private readonly Tensor stateBias;

    /// <param name="width">Width of what is read.</param>
    /// <param name="classes">How many classes.</param>
    /// <param name="steps">How many steps.</param>
    /// <param name="isLstm">Whether the unit is an LSTM rather than a gated recurrent unit.</param>
    /// <param name="generator">Draws the weights.</param>
    public SequenceTail(int width, int classes, int steps, bool isLstm, Generator? generator)
    {
        (this.isLstm, this.steps) = (isLstm, steps);
        using var scope = new TensorScope();
        var (rows, bound) = ((isLstm ? LstmGates : GruGates) * classes, 1 / Math.Sqrt(classes));
        Tensor Add(string name, params long[] shape) => AddParameter(name, shape, () => Initialization.Uniform(shape, bound, generator));
        inputWeight = Add("weight_ih_l0", rows, width);
        stateWeight = Add("weight_hh_l0", rows, classes);
        inputBias = Add("bias_ih_l0", rows);
        stateBias = Add("bias_hh_l0", rows);
    }

    /// <param name="x"><c>[rows, width]</c></param>
    /// <returns><c>[rows, steps, classes]</c></returns>
    public Tensor Forward(Tensor x)
    {
        var read = x.Linear(inputWeight, inputBias);                                            // [rows, gates · classes]
        var state = Tensor.Zeros([x.Size(0), stateWeight.Size(1)], device: x.Device);
        var cell = state;
        var states = new List<Tensor>();
        for (var step = 0; step < steps; step++)
        {
            var kept = state.Linear(stateWeight, stateBias);
            (state, cell) = isLstm ? Lstm(read + kept, cell) : (Gru(read, kept, state), cell);
            states.Add(state);
        }

        return Tensor.Stack(states, 1);
    }

    private static Tensor Gru(Tensor read, Tensor kept, Tensor state)
    {
        var (from, to) = (read.Chunk(GruGates, 1), kept.Chunk(GruGates, 1));
        var (reset, update) = ((from[0] + to[0]).Sigmoid(), (from[1] + to[1]).Sigmoid());
        var candidate = (from[2] + (reset * to[2])).Tanh();
        return candidate + (update * (state - candidate));
    }

    private static (Tensor State, Tensor Cell) Lstm(Tensor sum, Tensor cell)
    {
        var gates = sum.Chunk(LstmGates, 1);
        var next = (gates[1].Sigmoid() * cell) + (gates[0].Sigmoid() * gates[2].Tanh());
        return (gates[3].Sigmoid() * next.Tanh(), next);
    }
}
