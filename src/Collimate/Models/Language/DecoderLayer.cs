using Collimate.Models.Attention;
using Collimate.Torch;
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
    private readonly double epsilon;

    public DecoderLayer(LanguageConfig config, int layer, Generator? generator)
    {
        epsilon = config.NormEpsilon;
        inputNorm = AddModule("input_layernorm", new RmsNorm(config.HiddenSize, config.NormEpsilon));
        attention = AddModule("self_attn", new DecoderAttention(config, layer, generator));
        postAttentionNorm = AddModule("post_attention_layernorm", new RmsNorm(config.HiddenSize, config.NormEpsilon));
        feedForward = AddModule("mlp", new GatedFeedForward(config, generator));
    }

    /// <param name="hidden"><c>[batch, positions, hidden]</c></param>
    /// <param name="angles">Rotary angles of the positions.</param>
    /// <param name="sight">Who sees whom, cached positions first.</param>
    /// <param name="cache">Keys and values of earlier positions, extended by this call.</param>
    /// <param name="hook">May change the projections.</param>
    public Tensor Forward(Tensor hidden, RotaryAngles angles, AttentionTensors sight, KeyValueCache? cache, ILayerHook? hook)
    {
        using var scope = new TensorScope();
        var attended = attention.Forward(inputNorm.Forward(hidden), angles, sight, cache, hook);
        var (normed, sum) = Kernels.AddRmsNorm(hidden, attended, postAttentionNorm.Weight, epsilon);
        return scope.Escape(sum + feedForward.Forward(normed));
    }
}
