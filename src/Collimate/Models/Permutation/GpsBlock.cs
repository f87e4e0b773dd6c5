using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Models.Permutation;

/// <summary>A block of <see cref="GpsNetwork"/>: attention of one head without an output projection, then a feed-forward part, the norms after each sum.</summary>
/// <remarks>
/// A = QKᵀ/√d; x ← LN(x + drop(drop(softmax A) V)); x ← LN(x + drop(W₂ drop(relu(W₁x)))). The scores that leave the network are A + α·I;
/// α plays no part in the softmax.
/// </remarks>
internal sealed class GpsBlock : Module
{
    private static readonly Operator Diagonal = Operator.Find("aten::diagonal");
    private static readonly Operator AddInPlace = Operator.Find("aten::add_", "Scalar");

    private readonly GpsConfig config;
    private readonly Linear query;
    private readonly Linear key;
    private readonly Linear? value;
    private readonly LayerNorm? attentionNorm;
    private readonly Linear? up;
    private readonly Linear? down;
    private readonly LayerNorm? feedForwardNorm;

    /// <param name="config">The network's shape.</param>
    /// <param name="scoresOnly">Whether the block ends with its scores, as the last one does: it has no more parameters than they need.</param>
    /// <param name="generator">Draws the weights.</param>
    internal GpsBlock(GpsConfig config, bool scoresOnly, Generator? generator)
    {
        this.config = config;
        query = AddModule("query", Linear.Xavier(config.Width, config.KeyWidth, bias: false, generator));
        key = AddModule("key", Linear.Xavier(config.Width, config.KeyWidth, bias: false, generator));
        if (scoresOnly)
        {
            return;
        }

        value = AddModule("value", Linear.Xavier(config.Width, config.Width, bias: false, generator));
        attentionNorm = AddModule("attention_norm", new LayerNorm(config.Width));
        if (config.Hidden > 0)
        {
            up = AddModule("up", Linear.Xavier(config.Width, config.Hidden, bias: true, generator));
            down = AddModule("down", Linear.Xavier(config.Hidden, config.Width, bias: true, generator));
            feedForwardNorm = AddModule("feed_forward_norm", new LayerNorm(config.Width));
        }
    }

    /// <summary>How well each token suits each place: A + α·I, the diagonal added where it lies.</summary>
    /// <param name="x"><c>[batch, tokens, width]</c></param>
    /// <returns><c>[batch, tokens, tokens]</c></returns>
    internal Tensor Scores(Tensor x)
    {
        var scores = Affinity(x);
        using var diagonal = Diagonal.Call(scores, 0, -2, -1);
        AddInPlace.Run(diagonal, config.Alpha);
        return scores;
    }

    /// <summary>The tokens after the block.</summary>
    /// <param name="x"><c>[batch, tokens, width]</c></param>
    /// <param name="dropout">What is left out; nothing where null.</param>
    /// <returns><c>[batch, tokens, width]</c></returns>
    internal Tensor Forward(Tensor x, PassDropout? dropout)
    {
        if (value is null || attentionNorm is null)
        {
            throw new InvalidOperationException("a block that was made for its scores has no more than them");
        }

        using var scope = new TensorScope();
        var weights = Drop(Affinity(x).Softmax(-1), dropout); // [batch, tokens, tokens]
        var read = Drop(weights.MatMul(value.Forward(x)), dropout); // [batch, tokens, width]
        var after = attentionNorm.Forward(x + read);
        if (up is null || down is null || feedForwardNorm is null)
        {
            return scope.Escape(after);
        }

        var inner = Drop(up.Forward(after).Relu(), dropout); // [batch, tokens, hidden]
        return scope.Escape(feedForwardNorm.Forward(after + Drop(down.Forward(inner), dropout)));
    }

    private Tensor Affinity(Tensor x)
    {
        using var scope = new TensorScope();
        var queries = query.Forward(x) * (1 / Math.Sqrt(config.KeyWidth)); // [batch, tokens, key]
        return scope.Escape(queries.MatMul(key.Forward(x).Transpose(-2, -1)));
    }

    private static Tensor Drop(Tensor x, PassDropout? dropout) => dropout?.Apply(x) ?? x;
}
