using Collimate.Alignment.Towers;
using Collimate.Models.Encoders;
using Collimate.Models.Vision.Convolutional;
using Collimate.Torch;

namespace Collimate.Training.Watching;

/// <summary>What a vision tower computes for a picture, forward and as far backward as it learns; see <see cref="ModelFlops"/>.</summary>
internal static class TowerFlops
{
    /// <summary>FLOPs of a picture, and whether what the tower gives depends on anything that learns.</summary>
    public static (double Flops, bool Depends) Of(IVisionTower tower)
    {
        var path = new GradientPath(depends: false); // no gradient of pixels
        var flops = tower switch
        {
            EncoderTower encoder => OfEncoder(encoder, path),
            ResNetTower network => OfNetwork(network, path),
            Module other => tower.TokenCount * path.Through(other),
            _ => 0,
        };
        return (flops, path.Depends);
    }

    private static double OfEncoder(EncoderTower tower, GradientPath path)
    {
        var vision = tower.Transformer;
        var flops = tower.Grid.Count * path.Through(vision.PatchWeight);
        path.Pass(vision.Parameters().Except(vision.Layers.SelectMany(layer => layer.Parameters()), ReferenceEqualityComparer.Instance).Cast<Tensor>());
        var tokens = tower.TokenCount + tower.Skipped;
        foreach (var layer in vision.Layers.Take(LayersRun(tower)))
        {
            flops += (double)tokens * tokens * path.Look(vision.Config.HiddenSize, layer.Attention.Projections);
            flops += tokens * path.Through(layer);
        }

        return flops;
    }

    // A single state without the final norm needs only the layers before it.
    private static int LayersRun(EncoderTower tower)
    {
        var all = tower.Config.LayerCount;
        return tower is { Layers: [var state], HasFinalNorm: false } ? (state < 0 ? all + 1 + state : state) : all;
    }

    // Every convolution's weights are used once at each place of its output.
    private static double OfNetwork(ResNetTower tower, GradientPath path) =>
        tower.Network.Convolutions(tower.Picture, tower.State).Sum(convolution =>
        {
            var flops = (double)convolution.Places * path.Through(convolution.Unit.Weight);
            path.Pass(convolution.Unit.Parameters());
            return flops;
        });
}
