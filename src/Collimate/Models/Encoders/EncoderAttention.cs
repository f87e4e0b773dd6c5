using Collimate.Models.Attention;
using Collimate.Torch;
using Collimate.Torch.Fused;
using Collimate.Torch.Layers;

namespace Collimate.Models.Encoders;

/// <summary>Multi-head self-attention of an encoder layer; query, key and value come from one packed product.</summary>
internal sealed class EncoderAttention : Module
{
    private readonly PackedLinear projections;
    private readonly Linear output;
    private readonly int heads;

    public EncoderAttention(EncoderShape shape, Generator? generator)
    {
        var names = shape.Names;
        heads = shape.HeadCount;
        projections = AddModule("qkv_proj", new PackedLinear(
            shape.Width, [(names.Query, shape.Width), (names.Key, shape.Width), (names.Value, shape.Width)], shape.HasAttentionBias, generator, shape.SquareDeviation));
        output = AddModule(names.Output, new Linear(shape.Width, shape.Width, generator: generator, deviation: shape.SquareDeviation));
    }

    /// <summary>What makes queries, keys and values.</summary>
    public PackedLinear Projections => projections;

    /// <param name="x"><c>[batch, tokens, width]</c></param>
    /// <param name="sight">Who sees whom.</param>
    /// <param name="trace">Keeps who attended to whom.</param>
    /// <param name="prefix">What it may look at besides.</param>
    public Tensor Forward(Tensor x, AttentionRule sight, ForwardTrace? trace = null, LayerPrefix? prefix = null)
    {
        var packed = projections.Forward(x);                                   // [batch, tokens, 3 * width]
        if (trace is { WantsAttentions: true })
        {
            var parts = packed.View(x.Size(0), x.Size(1), 3, heads, x.Size(2) / heads).Permute(2, 0, 3, 1, 4).Unbind();
            trace.AddAttention(AttentionWeights.Of(parts[0], parts[1], sight));
        }

        var mixed = FusedOperators.PackedAttention(packed, heads, heads, sight);  // [batch, tokens, width]
        return output.Forward(prefix is null ? mixed : mixed + Gated(packed.Narrow(2, 0, x.Size(2)), prefix).To(mixed.Type));
    }

    private Tensor Gated(Tensor query, LayerPrefix prefix)
    {
        var width = (int)query.Size(2);
        var packed = projections.Forward(prefix.Values);                       // [batch, length, 3 * width]
        var seen = CrossAttention.Mix(query, packed.Narrow(2, width, width), packed.Narrow(2, 2 * width, width), heads);
        return seen * prefix.Gate.Tanh().RepeatInterleave(width / heads, 0);
    }

    /// <summary>What the block adds where values stand in for queries and keys: a token reads from those that carry what it carries. Source: CLIP Surgery, section 3.2.</summary>
    /// <param name="x"><c>[batch, tokens, width]</c></param>
    /// <returns><c>[batch, tokens, width]</c></returns>
    public Tensor ForwardValues(Tensor x)
    {
        var width = x.Size(2);
        var value = projections.Forward(x).Narrow(2, 2 * width, width);        // [batch, tokens, width]
        return output.Forward(FusedOperators.PackedAttention(Tensor.Cat([value, value, value], 2), heads, heads, AttentionRule.Full));
    }
}
