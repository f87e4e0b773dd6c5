using Collimate.Models.Vision;
using Collimate.Torch;

namespace Collimate.Alignment.Towers;

/// <summary>The vision half of a CLIP or SigLIP model.</summary>
public sealed class EncoderTower : Module, IVisionTower
{
    private readonly VisionTransformer vision;
    private readonly int layer;

    /// <param name="vision">The transformer; owned from now on.</param>
    /// <param name="layer">Which hidden state the patches are: -1 is the last with its final norm (SigLIP's habit), -2 the one before without (LLaVA's).</param>
    public EncoderTower(VisionTransformer vision, int layer)
    {
        this.vision = AddModule("vision_model", vision);
        this.layer = layer;
        var side = vision.Config.ImageSize / vision.Config.PatchSize;
        Grid = new PatchGrid(side, side);
    }

    /// <inheritdoc/>
    public int Width => vision.Config.HiddenSize;

    /// <inheritdoc/>
    public PatchGrid Grid { get; }

    /// <summary>The transformer's shape.</summary>
    public VisionConfig Config => vision.Config;

    /// <inheritdoc/>
    public Tensor Encode(Tensor pixels, Tensor? prefix)
    {
        if (prefix is not null)
        {
            throw new NotSupportedException("this tower takes no text prefix; choose conditioning: none");
        }

        // A frozen tower needs no recording, and costs a third without; a tower that learns records where its caller does.
        var records = GradMode.IsEnabled && Parameters().Any(p => p.RequiresGrad);
        using var region = records ? GradMode.Enable() : GradMode.Disable();
        return vision.PatchesOf(layer == -1 ? vision.Encode(pixels, pooled: false).Last : vision.HiddenState(pixels, layer));
    }
}

/// <summary>No eyes: for a decoder that is trained on text alone.</summary>
public sealed class NoTower : IVisionTower
{
    /// <inheritdoc/>
    public int Width => 1;

    /// <inheritdoc/>
    public PatchGrid Grid => new(0, 0);

    /// <inheritdoc/>
    public Tensor Encode(Tensor pixels, Tensor? prefix) => throw new NotSupportedException("the model has no vision tower, so it cannot look at pictures");
}
