using Collimate.Models.Attention;
using Collimate.Torch;
using Collimate.Torch.Fused;
using Collimate.Torch.Layers;

namespace Collimate.Models.Text.T5;

/// <summary>One layer of T5's encoder: pre-norm attention without scaling and with a bias on its scores, and a feed-forward block, each with a residual.</summary>
internal sealed class T5Layer : Module
{
    private readonly RmsNorm attentionNorm;
    private readonly PackedLinear projections;
    private readonly Linear attended;
    private readonly RmsNorm feedForwardNorm;
    private readonly PackedLinear widen;
    private readonly Linear narrow;
    private readonly Activation activation;
    private readonly int heads;
    private readonly bool isGated;

    public T5Layer(T5Config config, bool hasBias, Generator? generator)
    {
        var (hidden, inner, wide) = (config.HiddenSize, config.HeadCount * config.HeadSize, config.IntermediateSize);
        (heads, activation, isGated) = (config.HeadCount, config.Activation, config.IsGated);
        // T5 draws queries narrower by the root of the head size, as scores are not scaled; one packed draw takes the geometric mean of the three.
        var deviation = Math.Pow(hidden, -0.5) * Math.Pow(config.HeadSize, -1 / 6.0);
        projections = AddModule("layer.0.SelfAttention.qkv", new PackedLinear(hidden, [("q", inner), ("k", inner), ("v", inner)], hasBias: false, generator, deviation));
        attended = AddModule("layer.0.SelfAttention.o", new Linear(inner, hidden, bias: false, generator, Math.Pow(inner, -0.5)));
        Bias = hasBias ? AddModule("layer.0.SelfAttention.relative_attention_bias", new Embedding(config.BucketCount, heads, generator, Math.Pow(hidden, -0.5))) : null;
        attentionNorm = AddModule("layer.0.layer_norm", new RmsNorm(hidden, config.NormEpsilon));
        (string, int)[] parts = isGated ? [("wi_0", wide), ("wi_1", wide)] : [("wi", wide)];
        widen = AddModule("layer.1.DenseReluDense.widen", new PackedLinear(hidden, parts, hasBias: false, generator, Math.Pow(hidden, -0.5)));
        narrow = AddModule("layer.1.DenseReluDense.wo", new Linear(wide, hidden, bias: false, generator, Math.Pow(wide, -0.5)));
        feedForwardNorm = AddModule("layer.1.layer_norm", new RmsNorm(hidden, config.NormEpsilon));
    }

    /// <summary>The learnt numbers per bucket and head; the first layer holds them for all.</summary>
    public Embedding? Bias { get; }

    /// <param name="x"><c>[texts, tokens, hidden]</c></param>
    /// <param name="bias">Added to the scores, <c>[1, heads, queries, keys]</c>.</param>
    /// <param name="sight">Who sees whom.</param>
    /// <param name="trace">Keeps who attended to whom.</param>
    public Tensor Forward(Tensor x, Tensor bias, AttentionRule sight, ForwardTrace? trace)
    {
        using var scope = new TensorScope();
        x += attended.Forward(Attend(projections.Forward(attentionNorm.Forward(x)), bias, sight, trace));
        return scope.Escape(x + narrow.Forward(Bend(widen.Forward(feedForwardNorm.Forward(x)))));
    }

    private Tensor Attend(Tensor packed, Tensor bias, AttentionRule sight, ForwardTrace? trace) // packed: [texts, tokens, 3 * heads * size]
    {
        var (texts, length) = (packed.Size(0), packed.Size(1));
        var parts = packed.View(texts, length, 3, heads, -1).Permute(2, 0, 3, 1, 4).Unbind();
        var weights = AttentionWeights.Of(parts[0], parts[1], sight, scale: 1, bias);   // [texts, heads, queries, keys]
        if (trace is { WantsAttentions: true })
        {
            trace.AddAttention(weights);
        }

        return weights.MatMul(parts[2]).Transpose(1, 2).Reshape(texts, length, -1);
    }

    private Tensor Bend(Tensor wide)
    {
        if (!isGated)
        {
            return activation.Apply(wide);
        }

        var halves = wide.Chunk(2, -1);
        return activation.Apply(halves[0]) * halves[1];
    }
}
