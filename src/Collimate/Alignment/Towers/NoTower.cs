using Collimate.Models.Vision;
using Collimate.Torch;

namespace Collimate.Alignment.Towers;

/// <summary>No eyes: for a decoder that is trained on text alone.</summary>
public sealed class NoTower : IVisionTower
{
    /// <inheritdoc/>
    public int Width => 1;

    /// <inheritdoc/>
    public PatchGrid Grid => new(0, 0);

    /// <inheritdoc/>
    public Tensor Encode(Tensor pixels, VisionCondition? condition) => throw new NotSupportedException("the model has no vision tower, so it cannot look at pictures");
}
