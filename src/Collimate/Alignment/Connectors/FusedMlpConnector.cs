using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Alignment.Connectors;

/// <summary>Prismatic's projector for the patches of fused towers: w → 4w, GELU, → h, GELU, → h.</summary>
/// <remarks>Source: Karamcheti et al. 2024, <c>FusedMLPProjector</c>; state-dict names as there, below <c>projector</c>.</remarks>
public sealed class FusedMlpConnector : Module, IConnector
{
    private readonly Linear widen;
    private readonly Linear bring;
    private readonly Linear output;

    /// <param name="visionWidth">Width of a patch's features, all towers together.</param>
    /// <param name="hidden">The decoder's width.</param>
    /// <param name="outputScale">Standard deviation of a fresh output relative to the usual initialisation.</param>
    /// <param name="generator">Draws the initial weights.</param>
    public FusedMlpConnector(int visionWidth, int hidden, double outputScale, Generator? generator)
    {
        widen = AddModule("projector.0", new Linear(visionWidth, 4 * visionWidth, generator: generator));
        bring = AddModule("projector.2", new Linear(4 * visionWidth, hidden, generator: generator));
        output = AddModule("projector.4", new Linear(hidden, hidden, generator: generator));
        FreshOutput.Scale(output, outputScale);
    }

    /// <inheritdoc/>
    public int TokenCount(int patches) => patches;

    /// <inheritdoc/>
    public Tensor Project(Tensor patches, PictureQuestions? asked = null) =>
        output.Forward(bring.Forward(widen.Forward(patches).Gelu()).Gelu()); // [images, patches, hidden]
}
