namespace Collimate.Data.Puzzles.Drawing;

/// <summary>A colour of drawn shapes.</summary>
/// <param name="Red">0 to 255.</param>
/// <param name="Green">0 to 255.</param>
/// <param name="Blue">0 to 255.</param>
internal readonly record struct Ink(byte Red, byte Green, byte Blue)
{
    internal static readonly Ink Dark = new(45, 52, 64);
    internal static readonly Ink Grey = new(150, 156, 168);
    internal static readonly Ink Pale = new(222, 226, 233);
    internal static readonly Ink White = new(255, 255, 255);
    internal static readonly Ink Wood = new(240, 205, 140);

    /// <summary>Colours that nobody takes for one another.</summary>
    internal static readonly Ink[] Bright = [new(220, 66, 62), new(58, 120, 205), new(60, 160, 88), new(242, 182, 44), new(146, 88, 192), new(38, 176, 186)];

    /// <summary>The colour mixed with black (below 1) or with white (above 1).</summary>
    internal Ink Shaded(double light)
    {
        byte Mix(byte value) => (byte)(light <= 1 ? value * light : 255 - ((255 - value) * (2 - light)));
        return new Ink(Mix(Red), Mix(Green), Mix(Blue));
    }
}
