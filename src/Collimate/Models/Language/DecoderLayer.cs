using Collimate.Torch;
using Collimate.Torch.Fused;
using Collimate.Torch.Layers;

namespace Collimate.Models.Language;

/// <summary>
/// One layer of the decoder: pre-norm attention and gated feed-forward block, each with a residual. Without a cache the result depends
/// on nothing but the arguments, so that training may recompute it instead of keeping its activations.
/// </summary>
internal sealed class DecoderLayer : Module
{
    private readonly RmsNorm inputNorm;
    private readonly DecoderAttention attention;
    private readonly RmsNorm postAttentionNorm;
    private readonly GatedFeedForward feedForward;
    private readonly int layer;

    public DecoderLayer(LanguageConfig config, int layer, Generator? generator)
    {
        this.layer = layer;
        inputNorm = AddModule("input_layernorm", new RmsNorm(config.HiddenSize, config.NormEpsilon));
        attention = AddModule("self_attn", new DecoderAttention(config, layer, generator));
        postAttentionNorm = AddModule("post_attention_layernorm", new RmsNorm(config.HiddenSize, config.NormEpsilon));
        feedForward = AddModule("mlp", new GatedFeedForward(config, generator));
    }

    /// <summary>The layer's attention.</summary>
    public DecoderAttention Attention => attention;

    /// <param name="stream">The state, <c>[batch, positions, hidden]</c>.</param>
    /// <param name="angles">Rotary angles of the positions.</param>
    /// <param name="sight">Who sees whom, cached positions first.</param>
    /// <param name="cache">Keys and values of earlier positions, extended by this call.</param>
    /// <param name="hook">May change the state and the projections.</param>
    /// <param name="trace">Keeps who attended to whom.</param>
    public ResidualStream Forward(ResidualStream stream, RotaryAngles angles, AttentionRule sight, KeyValueCache? cache, ILayerHook? hook, ForwardTrace? trace = null) =>
        Through(stream, hook, normed => attention.Forward(normed, angles, sight, cache, hook, trace));

    /// <summary>One new position of rows that stand at different places.</summary>
    /// <param name="stream">The state, <c>[rows, 1, hidden]</c>.</param>
    /// <param name="rows">Where each row stands.</param>
    /// <param name="hook">May change the state and the projections.</param>
    public ResidualStream Step(ResidualStream stream, IReadOnlyList<DecodingPlace> rows, ILayerHook? hook) =>
        Through(stream, hook, normed => attention.Step(normed, rows, hook));

    private ResidualStream Through(ResidualStream stream, ILayerHook? hook, Func<Tensor, Tensor> attend)
    {
        using var scope = new TensorScope();
        stream = hook is not null && hook.EntersBefore(layer) ? new ResidualStream(hook.BeforeLayer(layer, stream.Whole)) : stream;
        var (normed, before) = stream.Normed(inputNorm);
        var attended = attend(normed);
        (normed, var between) = new ResidualStream(before, attended).Normed(postAttentionNorm);
        return new ResidualStream(scope.Escape(between), scope.Escape(feedForward.Forward(normed)));
    }
}
