using Collimate.Torch;
using Collimate.Torch.Fused;
using Collimate.Torch.Layers;

namespace Collimate.Models;

/// <summary>
/// Several linear maps of the same input held as one matrix, so that one product serves them all (query, key and value; gate and up).
/// In checkpoints each map keeps its own name, as Hugging Face writes it.
/// </summary>
public sealed class PackedLinear : Module, ILinearMap
{
    private readonly (string Name, int Width)[] parts;
    private readonly Tensor weight;
    private readonly Tensor? bias;

    /// <summary>Makes maps with normally distributed weights and zero biases.</summary>
    /// <param name="inputWidth">Width of the common input.</param>
    /// <param name="parts">Name and output width of each map, in the order of their rows.</param>
    /// <param name="hasBias">Whether the maps have biases.</param>
    /// <param name="generator">Source of the initial weights.</param>
    /// <param name="deviation">Their standard deviation.</param>
    public PackedLinear(int inputWidth, IReadOnlyList<(string Name, int Width)> parts, bool hasBias, Generator? generator = null, double deviation = 0.02)
    {
        this.parts = [.. parts];
        OutputWidth = this.parts.Sum(part => part.Width);
        using var scope = new TensorScope();
        weight = AddParameter("weight", [OutputWidth, inputWidth], () => Tensor.RandomNormal([OutputWidth, inputWidth], generator) * deviation);
        bias = hasBias ? AddParameter("bias", Tensor.Zeros([OutputWidth])) : null;
    }

    /// <summary>All maps' weights, one above the other: <c>[sum of widths, input]</c>.</summary>
    public Tensor Weight => weight;

    /// <summary>All maps' biases, or null.</summary>
    public Tensor? Bias => bias;

    /// <summary>Sum of the maps' output widths.</summary>
    public int OutputWidth { get; }

    /// <summary>Name and output width of each map, in the order of their rows.</summary>
    public IReadOnlyList<(string Name, int Width)> Parts => parts;

    /// <inheritdoc/>
    public ILinearChange? Change { get; set; }

    /// <summary>Applies all maps at once.</summary>
    /// <param name="x"><c>[..., input]</c></param>
    /// <returns><c>[..., sum of widths]</c></returns>
    public Tensor Forward(Tensor x) => Change is null ? Plain(x) : Change.Apply(x, Plain(x));

    /// <summary>
    /// What checkpoints hold: each map under its own name beside this module, so that <c>self_attn.qkv_proj</c> is written as
    /// <c>self_attn.q_proj</c>, <c>self_attn.k_proj</c> and <c>self_attn.v_proj</c>.
    /// </summary>
    /// <param name="prefix">Name of this module in the model, with a dot at its end.</param>
    public override IEnumerable<(string Name, Tensor Value)> NamedState(string prefix = "")
    {
        var parent = prefix[..(prefix.TrimEnd('.').LastIndexOf('.') + 1)];
        var start = 0;
        foreach (var (name, width) in parts)
        {
            yield return ($"{parent}{name}.weight", weight.Detach().Narrow(0, start, width));
            if (bias is not null)
            {
                yield return ($"{parent}{name}.bias", bias.Detach().Narrow(0, start, width));
            }

            start += width;
        }
    }

    /// <summary>Where a map's rows begin and how many there are.</summary>
    /// <exception cref="ArgumentException">There is no such map.</exception>
    public (int Start, int Width) RowsOf(string part)
    {
        var start = 0;
        foreach (var (name, width) in parts)
        {
            if (name == part)
            {
                return (start, width);
            }

            start += width;
        }

        throw new ArgumentException($"no map is called '{part}'; there are {string.Join(", ", parts.Select(p => p.Name))}", nameof(part));
    }

    private Tensor Plain(Tensor x) => FusedOperators.Linear(x, weight, bias);
}
