namespace Collimate.Data.Puzzles.Drawing;

/// <summary>What a puzzle's picture shows, mark by mark, at no particular size.</summary>
internal sealed class PuzzlePicture
{
    /// <summary>Width and height in the units of the marks.</summary>
    internal const double Side = 96;

    private readonly List<PuzzleMark> marks = [];

    /// <summary>The colour of the ground.</summary>
    internal required Ink Ground { get; init; }

    /// <summary>What is drawn, from the bottom.</summary>
    internal IReadOnlyList<PuzzleMark> Marks => marks;

    internal PuzzlePicture Glyph(int item, double x, double y, double size) => Add(new GlyphMark(item, new Spot(x, y), size));

    internal PuzzlePicture Text(string text, double x, double y, double height, Ink? ink = null) => Add(new TextMark(text, new Spot(x, y), height, ink ?? Ink.Dark));

    internal PuzzlePicture Line(double width, Ink ink, params Spot[] spots) => Add(new LineMark(spots, width, ink));

    internal PuzzlePicture Shape(Ink ink, params Spot[] corners) => Add(new ShapeMark(corners, ink));

    internal PuzzlePicture Disc(double x, double y, double radius, Ink ink) => Add(new DiscMark(new Spot(x, y), radius, ink));

    /// <summary>A filled rectangle, with a border of a colour where one is given.</summary>
    internal PuzzlePicture Box(double left, double top, double width, double height, Ink fill, Ink? border = null, double thickness = 1)
    {
        Spot[] corners = [new(left, top), new(left + width, top), new(left + width, top + height), new(left, top + height)];
        Add(new ShapeMark(corners, fill));
        return border is { } ink ? Add(new LineMark([.. corners, corners[0]], thickness, ink)) : this;
    }

    /// <summary>An arrow from place to place.</summary>
    internal PuzzlePicture Arrow(Spot from, Spot to, double width, Ink ink)
    {
        var turn = Math.Atan2(to.X - from.X, from.Y - to.Y) / Math.Tau;
        return Line(width, ink, from, to).Line(width, ink, to.Towards(width * 3, turn + 0.4), to, to.Towards(width * 3, turn - 0.4));
    }

    private PuzzlePicture Add(PuzzleMark mark)
    {
        marks.Add(mark);
        return this;
    }
}
