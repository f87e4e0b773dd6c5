using System.Text.Json.Nodes;
using Collimate.Models.Vision;
using Collimate.Torch;

namespace Collimate.Alignment.Towers;

/// <summary>Seam 2: what are the visual patches?</summary>
public interface IVisionTower
{
    /// <summary>Width of a patch's features.</summary>
    int Width { get; }

    /// <summary>How the patches lie on the picture.</summary>
    PatchGrid Grid { get; }

    /// <summary>How many features <see cref="Encode"/> gives for a picture: one a patch, and in some towers others before them.</summary>
    int TokenCount => Grid.Count;

    /// <summary>The tower's configuration in Hugging Face's layout, to be saved beside its weights; null where there is none.</summary>
    JsonObject? Configuration => null;

    /// <summary>Whether a tower that learns runs its layers again for their gradients instead of keeping what they computed. A tower that cannot ignores it.</summary>
    bool RecomputesLayers
    {
        get => false;
        set { }
    }

    /// <summary>Looks at pictures.</summary>
    /// <param name="pixels"><c>[images, 3, height, width]</c>, normalised as the tower wants it.</param>
    /// <param name="condition">What the text says to the eye, or null.</param>
    /// <returns><c>[images, TokenCount, width]</c>, patches in raster order; where the condition keeps its tokens, those behind them.</returns>
    Tensor Encode(Tensor pixels, VisionCondition? condition);
}

/// <summary>A grid of patches.</summary>
/// <param name="Rows">From top to bottom.</param>
/// <param name="Columns">From left to right.</param>
public readonly record struct PatchGrid(int Rows, int Columns)
{
    /// <summary>How many patches.</summary>
    public int Count => Rows * Columns;
}
