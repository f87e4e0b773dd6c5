using Collimate.Models;
using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Alignment.Fusion.InverseLlava;

/// <summary>An ablation: for each of query, key and value α · W_d (W_u x + v), where v is zero at text. Without pictures it is a low-rank adapter.</summary>
/// <remarks>Source: Inverse-LLaVA, the additive ablation, as a part of the authors' program that is commented out has it; W_d begins at 0.</remarks>
internal sealed class AdditiveFusedLayer : FusedLayer
{
    private readonly Linear up;
    private readonly PackedLinear down;
    private bool isMerged;

    public AdditiveFusedLayer(FusedShape shape, InverseLlavaOptions options, Generator? generator)
        : base(shape, options)
    {
        up = AddModule("text_to_vision", new Linear(shape.Hidden, shape.Vision, bias: false, generator, 1 / Math.Sqrt(shape.Vision)));
        down = AddModule("sum", new PackedLinear(shape.Vision, shape.PartsOf("sum"), hasBias: false, generator, options.LeadingDeviation));
    }

    public override Tensor? AtText(Tensor normed, Tensor settled) => isMerged ? null : Times(down.Forward(up.Forward(normed)), settled);

    public override Tensor AtPictures(Tensor? normed, Tensor patches, Tensor settled)
    {
        var seen = Seen(patches);
        return Times(down.Forward(normed is null || isMerged ? seen : up.Forward(normed) + seen), settled);
    }

    public override void MergeInto(PackedLinear own)
    {
        using var _ = GradMode.Disable();
        using var scope = new TensorScope();
        var change = down.Weight.MatMul(up.Weight) * Settle().Unsqueeze(-1); // [output, hidden]
        own.Weight.ReplaceData(own.Weight.Detach() + change.To(own.Weight.Type));
        isMerged = true;
    }
}
