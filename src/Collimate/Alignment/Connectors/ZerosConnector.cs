using Collimate.Torch;

namespace Collimate.Alignment.Connectors;

/// <summary>Gives every patch a vector of zeros: a picture keeps its places in the sequence, and what stands there is for a fusion to bring.</summary>
/// <remarks>Source: Inverse-LLaVA, whose sequence has zeros where <c>&lt;image&gt;</c> stood. It has nothing to learn.</remarks>
/// <param name="hidden">The decoder's width.</param>
public sealed class ZerosConnector(int hidden) : IConnector
{
    /// <inheritdoc/>
    public bool LeavesPlacesEmpty => true;

    /// <inheritdoc/>
    public int TokenCount(int patches) => patches;

    /// <inheritdoc/>
    public Tensor Project(Tensor patches, PictureQuestions? asked = null) => Tensor.Zeros([patches.Size(0), patches.Size(1), hidden], patches.Type, patches.Device);
}
