using Collimate.Models.Text;
using Collimate.Torch;

namespace Collimate.Semantics;

/// <summary>Patches in the space that a dual encoder shares with text.</summary>
internal static class PatchSight
{
    /// <summary>Looks at pictures in the way that a mode of comparing calls for.</summary>
    /// <param name="encoder">The dual encoder.</param>
    /// <param name="pixels">Normalised pictures, <c>[images, channels, size, size]</c>.</param>
    /// <param name="mode">How patches and words will be compared.</param>
    /// <returns>Of any length, <c>[images, patches, embedding]</c>.</returns>
    public static Tensor Of(DualEncoder encoder, Tensor pixels, SimilarityMode mode) =>
        mode == SimilarityMode.Surgery ? encoder.SurgeryPatchEmbeddings(pixels) : encoder.PatchEmbeddings(pixels);
}
