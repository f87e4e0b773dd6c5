namespace Collimate.Data.Scenes;

/// <summary>The canvas and the names of its nine cells.</summary>
public static class ScenePositions
{
    /// <summary>The picture's width and height in pixels.</summary>
    public const int CanvasSize = 96;

    /// <summary>A cell's width and height in pixels.</summary>
    public const int CellSize = 32;

    /// <summary>Cells in a row and in a column.</summary>
    public const int Side = 3;

    /// <summary>The cells' names in raster order, from <c>northwest</c> to <c>southeast</c>.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["northwest", "north", "northeast", "west", "center", "east", "southwest", "south", "southeast"];
}
