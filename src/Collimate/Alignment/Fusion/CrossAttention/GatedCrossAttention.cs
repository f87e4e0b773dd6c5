using Collimate.Models;
using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Alignment.Fusion.CrossAttention;

/// <summary>
/// Flamingo's block: x ← x + tanh(a) · attention(norm(x), visual tokens), then x ← x + tanh(f) · feed-forward(norm(x)). Both gates begin at 0, so a fresh block changes nothing.
/// </summary>
/// <remarks>Source: Flamingo (Alayrac et al. 2022), figure 4 and appendix A.1.2: no biases in the linear layers, exact GELU, no norm of visual tokens, which the connector has finished with.</remarks>
internal sealed class GatedCrossAttention : Module
{
    private readonly LayerNorm attentionNorm;
    private readonly Linear query;
    private readonly PackedLinear keyValue;
    private readonly Linear output;
    private readonly Tensor attentionGate;
    private readonly LayerNorm feedForwardNorm;
    private readonly Linear up;
    private readonly Linear down;
    private readonly Tensor feedForwardGate;
    private readonly int heads;
    private readonly int size;

    public GatedCrossAttention(int hidden, CrossAttentionOptions options, Generator? generator)
    {
        (heads, size) = (options.Heads, options.HeadSize);
        var inner = heads * size;
        using var scope = new TensorScope();
        attentionNorm = AddModule("attention_norm", new LayerNorm(hidden));
        query = AddModule("query", new Linear(hidden, inner, bias: false, generator));
        keyValue = AddModule("key_value", new PackedLinear(hidden, [("key", inner), ("value", inner)], hasBias: false, generator, 1 / Math.Sqrt(3.0 * hidden))); // as wide as Linear's uniform weights
        output = AddModule("output", new Linear(inner, hidden, bias: false, generator));
        attentionGate = AddParameter("attention_gate", Tensor.Zeros([1]));
        feedForwardNorm = AddModule("feed_forward_norm", new LayerNorm(hidden));
        up = AddModule("up", new Linear(hidden, options.FeedForward * hidden, bias: false, generator));
        down = AddModule("down", new Linear(options.FeedForward * hidden, hidden, bias: false, generator));
        feedForwardGate = AddParameter("feed_forward_gate", Tensor.Zeros([1]));
    }

    /// <summary>Keys and values of every row's visual tokens.</summary>
    /// <param name="visual"><c>[images, tokens, hidden]</c></param>
    /// <param name="sight">Which of them a row has.</param>
    /// <returns><c>[rows, heads, tokens, size]</c> each</returns>
    public (Tensor Keys, Tensor Values) Look(Tensor visual, MediaSight sight)
    {
        var both = keyValue.Forward(visual).Reshape(-1, 2 * heads * size);         // [images · tokens, key and value]
        both = sight.Tokens is null ? both : both.IndexSelect(0, sight.Tokens);
        var parts = both.Reshape(-1, sight.PerRow, 2 * heads, size).Transpose(1, 2); // [rows, 2 heads, tokens, size]
        return (parts.Narrow(1, 0, heads), parts.Narrow(1, heads, heads));
    }

    /// <summary>Applies the block.</summary>
    /// <param name="hidden"><c>[rows, positions, hidden]</c></param>
    /// <param name="seen">Keys, values and who sees them; null where there is no picture.</param>
    public Tensor Forward(Tensor hidden, (Tensor Keys, Tensor Values, MediaSight Sight)? seen)
    {
        if (seen is { } pictures)
        {
            hidden = hidden + (output.Forward(Attend(attentionNorm.Forward(hidden), pictures.Keys, pictures.Values, pictures.Sight)).To(hidden.Type) * attentionGate.Tanh());
        }

        return hidden + (down.Forward(up.Forward(feedForwardNorm.Forward(hidden)).Gelu()).To(hidden.Type) * feedForwardGate.Tanh());
    }

    private Tensor Attend(Tensor normed, Tensor keys, Tensor values, MediaSight sight)
    {
        var (rows, positions) = (normed.Size(0), normed.Size(1));
        var asked = query.Forward(normed).Reshape(rows, positions, heads, size).Transpose(1, 2);                  // [rows, heads, positions, size]
        var scores = (asked * (1 / Math.Sqrt(size))).MatMul(keys.To(asked.Type).Transpose(-1, -2));               // [rows, heads, positions, tokens]
        var weights = scores.To(scores.Type.Size() < sizeof(float) ? ScalarType.Float32 : scores.Type).MaskedFill(sight.Hidden, -1e30).Softmax(-1);
        var given = weights.To(asked.Type).MatMul(values.To(asked.Type)).Transpose(1, 2).Reshape(rows, positions, heads * size);
        return given * sight.Sees.To(given.Type);
    }
}
