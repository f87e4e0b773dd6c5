using System.Text.Json.Nodes;
using Collimate.Imaging;
using Collimate.Models.Vision.Convolutional;
using Collimate.Models.Vision;
using Collimate.Torch;

namespace Collimate.Alignment.Towers;

/// <summary>A residual network as eyes: every place of a stage's output is a patch. Batch norms keep their statistics, also where the tower learns.</summary>
public sealed class ResNetTower : Module, IVisionTower
{
    private readonly ResNet network;
    private readonly int state;

    /// <param name="network">The network; owned from now on.</param>
    /// <param name="layer">Which stage's output the patches are: -1 is the last stage.</param>
    /// <param name="picture">The pictures' size.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such stage.</exception>
    public ResNetTower(ResNet network, int layer, ImageSize picture)
    {
        this.network = AddModule("vision_model", network);
        network.KeepsStatistics = true;
        Picture = picture;
        state = network.StateNumber(layer);
        Grid = new PatchGrid(network.PlacesAlong(picture.Height, state), network.PlacesAlong(picture.Width, state));
    }

    /// <inheritdoc/>
    public int Width => network.WidthOf(state);

    /// <inheritdoc/>
    public PatchGrid Grid { get; }

    /// <inheritdoc/>
    public JsonObject? Configuration => network.Config.ToJson();

    /// <summary>The network.</summary>
    internal ResNet Network => network;

    /// <summary>Which of its hidden states the patches are.</summary>
    internal int State => state;

    /// <summary>The pictures' size.</summary>
    internal ImageSize Picture { get; }

    /// <inheritdoc/>
    public Tensor Encode(Tensor pixels, VisionCondition? condition)
    {
        if (condition is not null)
        {
            throw new NotSupportedException("text cannot steer this tower; choose conditioning: none");
        }

        using var region = TowerRecording.Begin(this);
        return network.HiddenState(pixels, state).Flatten(2).Transpose(1, 2); // [images, patches, channels]
    }
}
