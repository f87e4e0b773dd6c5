using Collimate.Models;
using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Alignment.Fusion.InverseLlava;

/// <summary>
/// An ablation: text and vision are narrowed and normed, z = [norm(W_t x) ; norm(W_v v)], and weighed by a gate, g = σ(W_g z + b), before they lead to query, key and value:
/// α · W_o (g ⊙ z). At text the half of vision is zeros.
/// </summary>
/// <remarks>
/// Source: the gated ablation of Inverse-LLaVA and an unused class of the authors' program: width 128, b begins at -2, W_o small. Their layer norms are RMS norms here, so that an
/// empty half stays empty.
/// </remarks>
internal sealed class GatedFusedLayer : FusedLayer
{
    private const int UsualWidth = 128;

    private readonly Linear textDown;
    private readonly Linear visionDown;
    private readonly RmsNorm textDownNorm;
    private readonly RmsNorm visionDownNorm;
    private readonly Linear gate;
    private readonly PackedLinear up;

    public GatedFusedLayer(FusedShape shape, InverseLlavaOptions options, Generator? generator)
        : base(shape, options)
    {
        var width = options.Width ?? UsualWidth;
        textDown = AddModule("text_down", new Linear(shape.Hidden, width, bias: false, generator));
        visionDown = AddModule("vision_down", new Linear(shape.Vision, width, bias: false, generator));
        textDownNorm = AddModule("text_down_norm", new RmsNorm(width));
        visionDownNorm = AddModule("vision_down_norm", new RmsNorm(width));
        gate = AddModule("gate", new Linear(2 * width, 2 * width, bias: true, generator));
        up = AddModule("up", new PackedLinear(2 * width, shape.PartsOf("up"), hasBias: false, generator, 0.01 / Math.Sqrt(2 * width)));
        using var _ = GradMode.Disable();
        gate.Bias!.Fill_(-2);
    }

    public override Tensor? AtText(Tensor normed, Tensor settled)
    {
        var text = textDownNorm.Forward(textDown.Forward(normed));
        return Gated(Tensor.Cat([text, Empty(text)], -1), settled);
    }

    public override Tensor AtPictures(Tensor? normed, Tensor patches, Tensor settled)
    {
        var vision = visionDownNorm.Forward(visionDown.Forward(Seen(patches)));
        var text = normed is null ? Empty(vision) : textDownNorm.Forward(textDown.Forward(normed)).To(vision.Type);
        return Gated(Tensor.Cat([text, vision], -1), settled);
    }

    private static Tensor Empty(Tensor half) => Tensor.Zeros(half.Shape, half.Type, half.Device);

    private Tensor Gated(Tensor both, Tensor settled) => Times(up.Forward(gate.Forward(both).Sigmoid() * both), settled);
}
