namespace Collimate.Data.Scenes;

/// <summary>How one thing stands to another.</summary>
internal enum SceneDirection
{
    Left,
    Right,
    Above,
    Below,
}

/// <summary>The directions' words and meanings.</summary>
internal static class SceneDirections
{
    internal static readonly SceneDirection[] All = [SceneDirection.Left, SceneDirection.Right, SceneDirection.Above, SceneDirection.Below];

    /// <summary>The words between two names, as in <c>dog left of cat</c>.</summary>
    internal static string Words(this SceneDirection direction) => direction switch
    {
        SceneDirection.Left => "left of",
        SceneDirection.Right => "right of",
        SceneDirection.Above => "above",
        _ => "below",
    };

    /// <summary>The step to the next cell.</summary>
    internal static (int Right, int Down) Step(this SceneDirection direction) => direction switch
    {
        SceneDirection.Left => (-1, 0),
        SceneDirection.Right => (1, 0),
        SceneDirection.Above => (0, -1),
        _ => (0, 1),
    };

    /// <summary>Whether the first stands so to the second: by whole columns or rows, whatever the other axis.</summary>
    internal static bool Holds(this SceneDirection direction, PlacedItem first, PlacedItem second) => direction switch
    {
        SceneDirection.Left => first.Column < second.Column,
        SceneDirection.Right => first.Column > second.Column,
        SceneDirection.Above => first.Row < second.Row,
        _ => first.Row > second.Row,
    };
}
