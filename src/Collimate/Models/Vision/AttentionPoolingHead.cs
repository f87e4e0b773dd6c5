using Collimate.Models.Attention;
using Collimate.Models.Encoders;
using Collimate.Torch;
using Collimate.Torch.Fused;
using Collimate.Torch.Layers;

namespace Collimate.Models.Vision;

/// <summary>SigLIP's pooling: one learnt query (the probe) attends to all patches, then a feed-forward block with a residual.</summary>
internal sealed class AttentionPoolingHead : Module
{
    private readonly Tensor probe;
    private readonly PoolingAttention attention;
    private readonly LayerNorm norm;
    private readonly FeedForward feedForward;

    public AttentionPoolingHead(EncoderShape shape, Generator? generator)
    {
        using var scope = new TensorScope();
        probe = AddParameter("probe", Tensor.RandomNormal([1, 1, shape.Width], generator));
        attention = AddModule("attention", new PoolingAttention(shape, generator));
        norm = AddModule("layernorm", new LayerNorm(shape.Width, shape.NormEpsilon));
        feedForward = new FeedForward(shape, generator, AddModule);
    }

    /// <summary>One vector for all tokens of a picture.</summary>
    /// <param name="tokens"><c>[images, tokens, width]</c>, after the tower's final norm</param>
    /// <returns><c>[images, width]</c></returns>
    public Tensor Pool(Tensor tokens)
    {
        var query = probe.Expand(tokens.Size(0), 1, tokens.Size(2));           // [images, 1, width]
        return Finish(attention.Forward(query, tokens)).Select(1, 0);
    }

    /// <summary>
    /// Each token pooled as if the picture consisted of it alone: with a single key the attention weight is 1, so what the probe reads
    /// is the token's value, and the head becomes a plain map of tokens into the space that text is compared in.
    /// </summary>
    /// <param name="tokens"><c>[images, tokens, width]</c>, after the tower's final norm</param>
    /// <returns><c>[images, tokens, width]</c></returns>
    public Tensor PoolEach(Tensor tokens) => Finish(attention.ValueOf(tokens));

    private Tensor Finish(Tensor read) => read + feedForward.Forward(norm.Forward(read));

    /// <summary>Multi-head attention in the layout of PyTorch's own module, whose input projections are packed in the file too.</summary>
    private sealed class PoolingAttention : Module
    {
        private readonly Tensor weight;
        private readonly Tensor bias;
        private readonly Linear output;
        private readonly int width;
        private readonly int heads;

        public PoolingAttention(EncoderShape shape, Generator? generator)
        {
            (width, heads) = (shape.Width, shape.HeadCount);
            using var scope = new TensorScope();
            weight = AddParameter("in_proj_weight", Tensor.RandomNormal([3 * width, width], generator) * shape.SquareDeviation);
            bias = AddParameter("in_proj_bias", Tensor.Zeros([3 * width]));
            output = AddModule("out_proj", new Linear(width, width, generator: generator, deviation: shape.SquareDeviation));
        }

        public Tensor Forward(Tensor query, Tensor tokens)
        {
            var (images, count) = (tokens.Size(0), tokens.Size(1));
            var q = query.Linear(weight.Narrow(0, 0, width), bias.Narrow(0, 0, width));                  // [images, 1, width]
            var kv = tokens.Linear(weight.Narrow(0, width, 2 * width), bias.Narrow(0, width, 2 * width)) // [images, tokens, 2 * width]
                .View(images, count, 2, heads, width / heads)
                .Permute(2, 0, 3, 1, 4)                                                                  // [2, images, heads, tokens, headSize]
                .Unbind();
            var split = q.View(images, 1, heads, width / heads).Transpose(1, 2);                         // [images, heads, 1, headSize]
            return output.Forward(FusedOperators.Attention(split, kv[0], kv[1], AttentionRule.Full));
        }

        public Tensor ValueOf(Tensor tokens) =>
            output.Forward(tokens.Linear(weight.Narrow(0, 2 * width, width), bias.Narrow(0, 2 * width, width)));
    }
}
