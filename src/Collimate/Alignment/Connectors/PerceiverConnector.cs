using Collimate.Alignment.Towers;
using Collimate.Torch;
using Collimate.Torch.Fused;
using Collimate.Torch.Layers;

namespace Collimate.Alignment.Connectors;

/// <summary>Flamingo's perceiver resampler: a fixed number of learnt queries look at the patches, and at each other, in several layers; a picture of any size becomes so many tokens.</summary>
/// <remarks>
/// Source: Alayrac et al. 2022, section 3.1.1 and figure 5, without the embeddings of time, which only films need. Layer: q ← q + Attention(LN q; [LN x, LN q]); q ← q + W₂ GELU(W₁ LN q), all without
/// biases. A linear layer brings the result to the decoder's width. State-dict names are OpenFlamingo's; <c>projection</c> is ours.
/// </remarks>
public sealed class PerceiverConnector : Module, IConnector
{
    private readonly Tensor latents;
    private readonly Layer[] layers;
    private readonly LayerNorm norm;
    private readonly Linear projection;

    /// <param name="visionWidth">Width of a patch's features, and of the queries.</param>
    /// <param name="hidden">The decoder's width.</param>
    /// <param name="shape">How many queries, layers and heads.</param>
    /// <param name="generator">Draws the initial weights.</param>
    public PerceiverConnector(int visionWidth, int hidden, PerceiverShape shape, Generator? generator)
    {
        using var scope = new TensorScope();
        latents = AddParameter("latents", [shape.Queries, visionWidth], () => Tensor.RandomNormal([shape.Queries, visionWidth], generator));
        layers = [.. Enumerable.Range(0, shape.Layers).Select(k => AddModule($"layers.{k}", new Layer(visionWidth, shape, generator)))];
        norm = AddModule("norm", new LayerNorm(visionWidth));
        projection = AddModule("projection", new Linear(visionWidth, hidden, generator: generator));
        FreshOutput.Scale(projection, shape.OutputScale);
    }

    /// <inheritdoc/>
    public int TokenCount(int patches) => (int)latents.Size(0);

    /// <inheritdoc/>
    public PatchGrid? GridOf(PatchGrid patches) => null;

    /// <inheritdoc/>
    public Tensor Project(Tensor patches, PictureQuestions? asked = null)
    {
        using var scope = new TensorScope();
        var queries = latents.Expand(patches.Size(0), latents.Size(0), latents.Size(1)); // [images, queries, visionWidth]
        foreach (var layer in layers)
        {
            queries = layer.Forward(queries, patches);
        }

        return scope.Escape(projection.Forward(norm.Forward(queries)));                  // [images, queries, hidden]
    }

    /// <summary>One look of the queries at the patches, and a feed-forward block.</summary>
    private sealed class Layer : Module
    {
        private readonly LayerNorm mediaNorm;
        private readonly LayerNorm latentNorm;
        private readonly Linear query;
        private readonly Linear keyValue;
        private readonly Linear output;
        private readonly LayerNorm widenNorm;
        private readonly Linear widen;
        private readonly Linear narrow;
        private readonly PerceiverShape shape;

        public Layer(int width, PerceiverShape shape, Generator? generator)
        {
            this.shape = shape;
            var inner = shape.Heads * shape.HeadSize;
            mediaNorm = AddModule("0.norm_media", new LayerNorm(width));
            latentNorm = AddModule("0.norm_latents", new LayerNorm(width));
            query = AddModule("0.to_q", new Linear(width, inner, bias: false, generator));
            keyValue = AddModule("0.to_kv", new Linear(width, 2 * inner, bias: false, generator));
            output = AddModule("0.to_out", new Linear(inner, width, bias: false, generator));
            widenNorm = AddModule("1.0", new LayerNorm(width));
            widen = AddModule("1.1", new Linear(width, 4 * width, bias: false, generator));
            narrow = AddModule("1.3", new Linear(4 * width, width, bias: false, generator));
        }

        public Tensor Forward(Tensor latents, Tensor patches)
        {
            using var scope = new TensorScope();
            var normed = latentNorm.Forward(latents);
            var seen = Tensor.Cat([mediaNorm.Forward(patches), normed], 1);              // [images, patches + queries, width]
            var keysValues = Split(keyValue.Forward(seen), 2);                           // [2, images, heads, patches + queries, size]
            var looked = FusedOperators.Attention(Split(query.Forward(normed), 1)[0], keysValues[0], keysValues[1], AttentionRule.Full);
            latents += output.Forward(looked);
            return scope.Escape(latents + narrow.Forward(widen.Forward(widenNorm.Forward(latents)).Gelu()));
        }

        private Tensor[] Split(Tensor x, int parts) =>
            x.View(x.Size(0), x.Size(1), parts, shape.Heads, shape.HeadSize).Permute(2, 0, 3, 1, 4).Unbind();
    }
}

/// <summary>The shape of a perceiver resampler.</summary>
/// <param name="Queries">How many visual tokens a picture becomes.</param>
/// <param name="Layers">How many layers.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="HeadSize">Width of a head.</param>
/// <param name="OutputScale">Standard deviation of a fresh output relative to the usual initialisation.</param>
public readonly record struct PerceiverShape(int Queries, int Layers, int Heads, int HeadSize, double OutputScale);
