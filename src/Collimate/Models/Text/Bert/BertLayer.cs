using Collimate.Models.Attention;
using Collimate.Torch;
using Collimate.Torch.Fused;
using Collimate.Torch.Layers;

namespace Collimate.Models.Text.Bert;

/// <summary>One layer of BERT: attention and a feed-forward block, each added to its input and normalised afterwards (post-norm).</summary>
internal sealed class BertLayer : Module
{
    private readonly PackedLinear projections;
    private readonly Linear attended;
    private readonly LayerNorm attentionNorm;
    private readonly Linear widen;
    private readonly Linear narrow;
    private readonly LayerNorm outputNorm;
    private readonly Activation activation;
    private readonly int heads;

    public BertLayer(BertConfig config, Generator? generator)
    {
        var (hidden, deviation) = (config.HiddenSize, config.InitialDeviation);
        (heads, activation) = (config.HeadCount, config.Activation);
        projections = AddModule("attention.self.query_key_value", new PackedLinear(hidden, [("query", hidden), ("key", hidden), ("value", hidden)], hasBias: true, generator, deviation));
        attended = AddModule("attention.output.dense", new Linear(hidden, hidden, generator: generator, deviation: deviation));
        attentionNorm = AddModule("attention.output.LayerNorm", new LayerNorm(hidden, config.NormEpsilon));
        widen = AddModule("intermediate.dense", new Linear(hidden, config.IntermediateSize, generator: generator, deviation: deviation));
        narrow = AddModule("output.dense", new Linear(config.IntermediateSize, hidden, generator: generator, deviation: deviation));
        outputNorm = AddModule("output.LayerNorm", new LayerNorm(hidden, config.NormEpsilon));
    }

    /// <param name="x"><c>[texts, tokens, hidden]</c></param>
    /// <param name="sight">Who sees whom.</param>
    /// <param name="trace">Keeps who attended to whom.</param>
    public Tensor Forward(Tensor x, AttentionRule sight, ForwardTrace? trace)
    {
        using var scope = new TensorScope();
        x = attentionNorm.Forward(x + attended.Forward(Attend(projections.Forward(x), sight, trace)));
        return scope.Escape(outputNorm.Forward(x + narrow.Forward(activation.Apply(widen.Forward(x)))));
    }

    private Tensor Attend(Tensor packed, AttentionRule sight, ForwardTrace? trace) // packed: [texts, tokens, 3 * hidden]
    {
        if (trace is { WantsAttentions: true })
        {
            var parts = packed.View(packed.Size(0), packed.Size(1), 3, heads, -1).Permute(2, 0, 3, 1, 4).Unbind();
            trace.AddAttention(AttentionWeights.Of(parts[0], parts[1], sight));
        }

        return FusedOperators.PackedAttention(packed, heads, heads, sight);    // [texts, tokens, hidden]
    }
}
