using Collimate.Torch;

namespace Collimate.Alignment.Connectors;

/// <summary>Hands patches on as they are: for towers that already speak the decoder's width, and for fusions that take raw patches.</summary>
public sealed class IdentityConnector : IConnector
{
    /// <inheritdoc/>
    public int TokenCount(int patches) => patches;

    /// <inheritdoc/>
    public Tensor Project(Tensor patches, PictureQuestions? asked = null) => patches;
}
