using Collimate.Alignment.Reading;
using Collimate.Models;
using Collimate.Models.Attention;
using Collimate.Torch;
using Collimate.Torch.Fused;
using Collimate.Torch.Layers;

namespace Collimate.Alignment.Connectors;

/// <summary>A layer of a Q-Former: self-attention of queries and words, the queries' look at the patches in some layers, and a feed-forward block for each of the two.</summary>
internal sealed class QFormerLayer : Module
{
    /// <summary>Standard deviation of fresh weights, BERT's.</summary>
    public const double Deviation = 0.02;

    /// <summary>Added to the variance in every norm, BERT's.</summary>
    public const double Epsilon = 1e-12;

    private readonly PackedLinear projections;
    private readonly Residual attended;
    private readonly Linear? query;
    private readonly PackedLinear? keyValue;
    private readonly Residual? looked;
    private readonly (Linear Widen, Residual Narrow) ofQueries;
    private readonly (Linear Widen, Residual Narrow)? ofWords;
    private readonly QFormerShape shape;

    public QFormerLayer(int visionWidth, QFormerShape shape, bool looks, bool hasText, Generator? generator)
    {
        this.shape = shape;
        var width = shape.Width;
        projections = AddModule("attention.attention.query_key_value", new PackedLinear(width, [("query", width), ("key", width), ("value", width)], hasBias: true, generator, Deviation));
        attended = AddResidual("attention.output", width, width, generator);
        if (looks)
        {
            query = AddModule("crossattention.attention.query", new Linear(width, width, generator: generator, deviation: Deviation));
            keyValue = AddModule("crossattention.attention.key_value", new PackedLinear(visionWidth, [("key", width), ("value", width)], hasBias: true, generator, Deviation));
            looked = AddResidual("crossattention.output", width, width, generator);
        }

        ofQueries = AddBlock("_query", generator);
        ofWords = hasText ? AddBlock("", generator) : null;
    }

    /// <summary>Who sees whom in self-attention: everyone all queries, and the words that are there.</summary>
    /// <param name="x"><c>[images, queries + words, width]</c></param>
    /// <param name="queries">How many queries.</param>
    /// <param name="said">The words; null where there are none.</param>
    public static AttentionRule SightOf(Tensor x, int queries, ReadText? said)
    {
        if (said is null)
        {
            return AttentionRule.Full;
        }

        var (images, words) = ((int)x.Size(0), (int)said.Tokens.Size(1));
        var marks = said.Valid;
        int[] valid = [.. Enumerable.Range(0, images).SelectMany(image => Enumerable.Repeat(1, queries).Concat(marks[(image * words)..((image + 1) * words)]))];
        return AttentionSpec.Bidirectional(images, queries + words, valid).On(x.Device);
    }

    /// <param name="x"><c>[images, queries + words, width]</c>; words are left out behind the last layer that has a block for them.</param>
    /// <param name="patches"><c>[images, patches, visionWidth]</c></param>
    /// <param name="sight">Who sees whom in self-attention.</param>
    public Tensor Forward(Tensor x, Tensor patches, AttentionRule sight)
    {
        using var scope = new TensorScope();
        x = attended.Add(FusedOperators.PackedAttention(projections.Forward(x), shape.Heads, shape.Heads, sight), x);
        var own = x.Slice(1, 0, shape.Queries);
        if (query is not null)
        {
            var both = keyValue!.Forward(patches);                             // [images, patches, 2 · width]
            own = looked!.Value.Add(CrossAttention.Mix(query.Forward(own), both.Narrow(2, 0, shape.Width), both.Narrow(2, shape.Width, shape.Width), shape.Heads), own);
        }

        own = Through(ofQueries, own);
        return scope.Escape(ofWords is { } block && x.Size(1) > shape.Queries ? Tensor.Cat([own, Through(block, x.Slice(1, shape.Queries))], 1) : own);
    }

    private static Tensor Through((Linear Widen, Residual Narrow) block, Tensor x) => block.Narrow.Add(block.Widen.Forward(x).Gelu(), x);

    private (Linear Widen, Residual Narrow) AddBlock(string suffix, Generator? generator) => (
        AddModule($"intermediate{suffix}.dense", new Linear(shape.Width, shape.Intermediate, generator: generator, deviation: Deviation)),
        AddResidual($"output{suffix}", shape.Intermediate, shape.Width, generator));

    private Residual AddResidual(string name, int inputs, int width, Generator? generator) => new(
        AddModule($"{name}.dense", new Linear(inputs, width, generator: generator, deviation: Deviation)), AddModule($"{name}.LayerNorm", new LayerNorm(width, Epsilon)));

    /// <summary>A product added to what it came from, and normalised.</summary>
    private readonly record struct Residual(Linear Dense, LayerNorm Norm)
    {
        public Tensor Add(Tensor x, Tensor to) => Norm.Forward(Dense.Forward(x) + to);
    }
}
