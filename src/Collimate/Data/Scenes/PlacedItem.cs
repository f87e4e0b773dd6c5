namespace Collimate.Data.Scenes;

/// <summary>One object or symbol where it stands in a scene.</summary>
/// <param name="Item">Its number in <see cref="SceneWorld.Items"/>.</param>
/// <param name="Cell">Its cell in raster order, 0 to 8; named by <see cref="ScenePositions.Names"/>.</param>
/// <param name="X">Left edge in pixels.</param>
/// <param name="Y">Top edge in pixels.</param>
/// <param name="Size">Width and height in pixels.</param>
public readonly record struct PlacedItem(int Item, int Cell, int X, int Y, int Size)
{
    /// <summary>The cell's column, 0 at the left.</summary>
    public int Column => Cell % ScenePositions.Side;

    /// <summary>The cell's row, 0 at the top.</summary>
    public int Row => Cell / ScenePositions.Side;
}
