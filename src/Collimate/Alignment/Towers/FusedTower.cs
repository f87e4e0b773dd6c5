using Collimate.Imaging;
using Collimate.Models.Vision;
using Collimate.Torch;

namespace Collimate.Alignment.Towers;

/// <summary>Several encoders that look at the same picture, each prepared as it wants it; what they see of a place stands side by side in one patch.</summary>
/// <remarks>Source: Prismatic VLMs (Karamcheti et al. 2024), section 4.2: DINOv2 and SigLIP, patches concatenated on the channels.</remarks>
public sealed class FusedTower : Module, IVisionTower
{
    private readonly (EncoderTower Tower, SheetRegion Region)[] towers;

    /// <param name="towers">The towers in the order of their channels, and where the pictures for each lie; owned from now on.</param>
    /// <param name="interpolates">Whether a tower with another grid than the first's is interpolated to it.</param>
    /// <exception cref="ArgumentException">Grids differ and are not to be interpolated, or a tower hands on other tokens than patches.</exception>
    public FusedTower(IReadOnlyList<(EncoderTower Tower, SheetRegion Region)> towers, bool interpolates)
    {
        var grid = towers[0].Tower.Grid;
        foreach (var (at, (tower, _)) in towers.Index())
        {
            if (tower.TokenCount != tower.Grid.Count)
            {
                throw new ArgumentException($"tower {at} hands on a class token beside its patches, which has no place on the picture where another tower's could stand; say patches: default", nameof(towers));
            }

            if (tower.Grid != grid && !interpolates)
            {
                throw new ArgumentException(
                    $"tower 0 has {grid.Rows} x {grid.Columns} patches and tower {at} has {tower.Grid.Rows} x {tower.Grid.Columns}, so they do not lie on each other; give tower {at} an image_size of {grid.Columns * tower.Config.PatchSize}, or say interpolate: true",
                    nameof(towers));
            }
        }

        this.towers = [.. towers];
        foreach (var (at, (tower, _)) in towers.Index())
        {
            AddModule($"towers.{at}", tower);
        }
    }

    /// <summary>The towers in the order of their channels.</summary>
    public IReadOnlyList<EncoderTower> Towers => [.. towers.Select(entry => entry.Tower)];

    /// <inheritdoc/>
    public int Width => towers.Sum(entry => entry.Tower.Width);

    /// <inheritdoc/>
    public PatchGrid Grid => towers[0].Tower.Grid;

    /// <inheritdoc/>
    public bool RecomputesLayers
    {
        get => towers[0].Tower.RecomputesLayers;
        set => Array.ForEach(towers, entry => entry.Tower.RecomputesLayers = value);
    }

    /// <inheritdoc/>
    public Tensor Encode(Tensor pixels, VisionCondition? condition)
    {
        if (condition is not null)
        {
            throw new NotSupportedException("text cannot steer several towers at once; choose conditioning: none");
        }

        return Tensor.Cat([.. towers.Select(entry => OnGrid(entry.Tower, SheetPixels.Of(pixels, entry.Region)))], -1); // [images, patches, width]
    }

    private Tensor OnGrid(EncoderTower tower, Tensor pixels)
    {
        var patches = tower.Encode(pixels, null);                              // [images, patches, width]
        return tower.Grid == Grid ? patches : PatchInterpolation.To(patches, tower.Grid, Grid);
    }
}
