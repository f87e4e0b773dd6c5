namespace Collimate.Data.Puzzles.Drawing;

/// <summary>A place on a picture of 96 × 96 units, from the top left.</summary>
/// <param name="X">To the right.</param>
/// <param name="Y">Downwards.</param>
internal readonly record struct Spot(double X, double Y)
{
    /// <summary>A place at a distance in a direction.</summary>
    /// <param name="distance">How far.</param>
    /// <param name="turn">The direction in whole turns: 0 upwards, a quarter to the right.</param>
    internal Spot Towards(double distance, double turn) => new(X + (distance * Math.Sin(turn * Math.Tau)), Y - (distance * Math.Cos(turn * Math.Tau)));
}
