using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Models.Recurrent;

/// <summary>
/// A gated recurrent unit over sequences of different lengths (Cho et al. 2014), as the question encoder of SMART-101 uses it. Reset,
/// update and candidate stand in this order in its matrices, under PyTorch's names (<c>weight_ih_l0</c>, <c>weight_hh_l0_reverse</c>, ...).
/// </summary>
/// <remarks>PyTorch: <c>torch.nn.GRU</c> with <c>batch_first=True</c>, without dropout between layers. It runs libtorch's own operator, on a packed sequence where lengths are given.</remarks>
public sealed class Gru : Module
{
    private const int Gates = 3;

    private static readonly Operator Plain = Operator.Find("aten::gru", "input");
    private static readonly Operator Packed = Operator.Find("aten::gru", "data");
    private static readonly Operator Pack = Operator.Find("aten::_pack_padded_sequence");
    private static readonly Operator Unpack = Operator.Find("aten::_pad_packed_sequence");

    private readonly Tensor[] weights;

    /// <summary>Makes a unit with weights and biases uniform within 1/√hidden, PyTorch's default.</summary>
    /// <param name="options">Its shape.</param>
    /// <param name="generator">Source of the initial weights.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public Gru(GruOptions options, Generator? generator = null)
    {
        options.Validate();
        Options = options;
        using var scope = new TensorScope();
        weights = [.. from layer in Enumerable.Range(0, options.LayerCount)
                      from direction in Enumerable.Range(0, options.DirectionCount)
                      from weight in AddCell(layer, direction == 1 ? "_reverse" : "", generator)
                      select weight];
    }

    /// <summary>The unit's shape.</summary>
    public GruOptions Options { get; }

    /// <summary>Width of <see cref="GruStates.Outputs"/>.</summary>
    public int OutputWidth => Options.HiddenSize * Options.DirectionCount;

    /// <summary>Reads sequences from a state of zeros.</summary>
    /// <param name="x"><c>[batch, tokens, input]</c></param>
    /// <param name="lengths">How many tokens of each row count, counted from the left; all where null.</param>
    /// <exception cref="ArgumentException">The input has another width, or a length does not lie between 1 and the tokens that are there.</exception>
    public GruStates Forward(Tensor x, IReadOnlyList<int>? lengths = null)
    {
        Check(x, lengths);
        using var scope = new TensorScope();
        var (outputs, final) = lengths is null || lengths.All(length => length == x.Size(1)) ? Read(x) : ReadPacked(x, lengths);
        return new GruStates(scope.Escape(outputs), scope.Escape(final));
    }

    private (Tensor Outputs, Tensor Final) Read(Tensor x)
    {
        var results = Plain.CallMany(x, Zeros(x), weights, Options.HasBias, (long)Options.LayerCount, 0.0, false, Options.IsBidirectional, true);
        return (results[0], results[1]);
    }

    // libtorch packs rows in the order of their lengths; rows are brought into it and back.
    private (Tensor Outputs, Tensor Final) ReadPacked(Tensor x, IReadOnlyList<int> lengths)
    {
        long[] order = [.. Enumerable.Range(0, lengths.Count).OrderByDescending(row => lengths[row]).Select(row => (long)row)];
        var back = new long[order.Length];
        for (var place = 0; place < order.Length; place++)
        {
            back[order[place]] = place;
        }

        var sorted = x.IndexSelect(0, Tensor.From(order, [order.Length], x.Device));
        long[] falling = [.. order.Select(row => (long)lengths[(int)row])];
        var packed = Pack.CallMany(sorted, Tensor.From(falling), true);        // the tokens one below the other, and how many rows each step has
        var read = Packed.CallMany(packed[0], packed[1], Zeros(x), weights, Options.HasBias, (long)Options.LayerCount, 0.0, false, Options.IsBidirectional);
        var padded = Unpack.CallMany(read[0], packed[1], true, 0.0, x.Size(1))[0];      // [batch, tokens, directions * hidden]
        var places = Tensor.From(back, [back.Length], x.Device);
        return (padded.IndexSelect(0, places), read[1].IndexSelect(1, places));
    }

    private Tensor Zeros(Tensor x) => Tensor.Zeros([(long)Options.LayerCount * Options.DirectionCount, x.Size(0), Options.HiddenSize], x.Type, x.Device);

    private IEnumerable<Tensor> AddCell(int layer, string suffix, Generator? generator)
    {
        var (rows, hidden) = (Gates * Options.HiddenSize, Options.HiddenSize);
        yield return Add("weight_ih", rows, layer == 0 ? Options.InputSize : OutputWidth);
        yield return Add("weight_hh", rows, hidden);
        if (Options.HasBias)
        {
            yield return Add("bias_ih", rows);
            yield return Add("bias_hh", rows);
        }

        Tensor Add(string name, params long[] shape) =>
            AddParameter($"{name}_l{layer}{suffix}", Initialization.Uniform(shape, 1 / Math.Sqrt(hidden), generator));
    }

    private void Check(Tensor x, IReadOnlyList<int>? lengths)
    {
        if (x.Shape.Length != 3 || x.Size(2) != Options.InputSize)
        {
            throw new ArgumentException($"the input has shape [{string.Join(", ", x.Shape)}]; [batch, tokens, {Options.InputSize}] is needed", nameof(x));
        }

        if (lengths is not null && (lengths.Count != x.Size(0) || lengths.Any(length => length < 1 || length > x.Size(1))))
        {
            throw new ArgumentException($"lengths are [{string.Join(", ", lengths)}]; {x.Size(0)} of them are needed, each from 1 to {x.Size(1)}", nameof(lengths));
        }
    }
}
