using Collimate.Torch;
using Collimate.Torch.Fused;
using Collimate.Torch.Layers;

namespace Collimate.Models.Language;

/// <summary>The feed-forward block of a decoder layer, down(silu(gate(x)) · up(x)), with gate and up in one packed product.</summary>
internal sealed class GatedFeedForward : Module
{
    private readonly PackedLinear gateUp;
    private readonly Linear down;

    public GatedFeedForward(LanguageConfig config, Generator? generator)
    {
        gateUp = AddModule("gate_up_proj", new PackedLinear(config.HiddenSize, [("gate_proj", config.IntermediateSize), ("up_proj", config.IntermediateSize)], config.FeedForwardBias, generator));
        down = AddModule("down_proj", new Linear(config.IntermediateSize, config.HiddenSize, config.FeedForwardBias, generator, LanguageConfig.InitialDeviation));
    }

    /// <param name="x"><c>[batch, positions, hidden]</c></param>
    public Tensor Forward(Tensor x) => down.Forward(FusedOperators.SwiGlu(gateUp.Forward(x)));
}
