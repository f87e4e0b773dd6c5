using Collimate.Alignment.Towers;
using Collimate.Models.Encoders;
using Collimate.Models.Vision.Convolutional;
using Collimate.Torch;

namespace Collimate.Training.Watching;

/// <summary>What a vision tower computes for a picture, forward and as far backward as it learns; see <see cref="ModelFlops"/>.</summary>
internal static class TowerFlops
{
    /// <summary>FLOPs of a picture, and whether what the tower gives depends on anything that learns.</summary>
    /// <param name="tower">The tower.</param>
    /// <param name="isTaught">Whether something that learns speaks to it; gradients then go through its layers.</param>
    public static (double Flops, bool Depends) Of(IVisionTower tower, bool isTaught = false)
    {
        if (tower is FusedTower fused)
        {
            var all = fused.Towers.Select(one => Of(one)).ToArray();
            return (all.Sum(one => one.Flops), all.Any(one => one.Depends));
        }

        if (tower is MultiScaleTower scaled)
        {
            var (tile, depends) = Of(scaled.Tower);
            return (scaled.TileCount * tile, depends);
        }

        var path = new GradientPath(isTaught); // no gradient of pixels
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
        foreach (var layer in vision.Layers.Take(tower.Layers.Count == 1 ? tower.LayersRead : tower.Config.LayerCount))
        {
            flops += (double)tokens * tokens * path.Look(vision.Config.HiddenSize, layer.Attention.Projections);
            flops += tokens * path.Through(layer);
        }

        return flops;
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
