namespace Collimate.Data.Scenes;

/// <summary>A scene's pale ground: it shades evenly from the colour of the top row to that of the bottom row.</summary>
/// <param name="TopRed">Red of the top row.</param>
/// <param name="TopGreen">Green of the top row.</param>
/// <param name="TopBlue">Blue of the top row.</param>
/// <param name="BottomRed">Red of the bottom row.</param>
/// <param name="BottomGreen">Green of the bottom row.</param>
/// <param name="BottomBlue">Blue of the bottom row.</param>
public readonly record struct SceneBackground(byte TopRed, byte TopGreen, byte TopBlue, byte BottomRed, byte BottomGreen, byte BottomBlue);
