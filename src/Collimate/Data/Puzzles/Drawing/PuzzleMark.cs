namespace Collimate.Data.Puzzles.Drawing;

/// <summary>Something drawn on a picture; later marks lie over earlier ones.</summary>
internal abstract record PuzzleMark;

/// <summary>An object of the gym.</summary>
/// <param name="Item">Its number in the world.</param>
/// <param name="Centre">Where its middle is.</param>
/// <param name="Size">Its width and height.</param>
internal sealed record GlyphMark(int Item, Spot Centre, double Size) : PuzzleMark;

/// <summary>Digits, capital letters and signs.</summary>
/// <param name="Text">What is written.</param>
/// <param name="Centre">Where its middle is.</param>
/// <param name="Height">How high a capital is.</param>
/// <param name="Ink">Its colour.</param>
internal sealed record TextMark(string Text, Spot Centre, double Height, Ink Ink) : PuzzleMark;

/// <summary>A line with round ends.</summary>
/// <param name="Spots">From place to place.</param>
/// <param name="Width">How thick it is.</param>
/// <param name="Ink">Its colour.</param>
internal sealed record LineMark(IReadOnlyList<Spot> Spots, double Width, Ink Ink) : PuzzleMark;

/// <summary>A filled shape with straight sides.</summary>
/// <param name="Corners">Its corners in turn.</param>
/// <param name="Ink">Its colour.</param>
internal sealed record ShapeMark(IReadOnlyList<Spot> Corners, Ink Ink) : PuzzleMark;

/// <summary>A filled disc.</summary>
/// <param name="Centre">Its middle.</param>
/// <param name="Radius">Its radius.</param>
/// <param name="Ink">Its colour.</param>
internal sealed record DiscMark(Spot Centre, double Radius, Ink Ink) : PuzzleMark;
