using Collimate.Imaging;

namespace Collimate.Server.Page;

/// <summary>Examples for a machine without the gym's emoji: plain shapes on a plain ground.</summary>
internal static class ExampleShapes
{
    private const int Side = 96;

    private static readonly (byte Red, byte Green, byte Blue) Ground = (246, 243, 234);
    private static readonly (byte Red, byte Green, byte Blue) Red = (206, 58, 44);
    private static readonly (byte Red, byte Green, byte Blue) Green = (38, 140, 92);
    private static readonly (byte Red, byte Green, byte Blue) Blue = (47, 75, 181);

    /// <summary>Draws them.</summary>
    public static Example[] Draw() =>
    [
        Example("shapes-1", "a red circle left of a blue square", [new Shape(26, 48, 17, IsRound: true, Red), new Shape(68, 48, 15, IsRound: false, Blue)], "what is left of the square?", "what colour is the circle?"),
        Example("shapes-2", "three green circles", [.. Enumerable.Range(0, 3).Select(k => new Shape(20 + (28 * k), 48, 11, IsRound: true, Green))], "how many circles are there?", "what colour are they?"),
        Example("shapes-3", "a green square above a red circle", [new Shape(48, 26, 15, IsRound: false, Green), new Shape(48, 68, 16, IsRound: true, Red)], "what is above the circle?", "is there a blue square?"),
    ];

    private static Example Example(string id, string title, Shape[] shapes, params string[] questions) =>
        new(id, title, ExamplePicture.Url(Paint(shapes)), [.. questions.Append("what is in the picture?").Select(text => new ExampleQuestion(text, null))]);

    private static Image Paint(Shape[] shapes)
    {
        var pixels = new byte[Side * Side * 3];
        for (var pixel = 0; pixel < Side * Side; pixel++)
        {
            var colour = Ground;
            foreach (var shape in shapes)
            {
                colour = shape.Over(colour, (pixel % Side) + 0.5, (pixel / Side) + 0.5);
            }

            (pixels[3 * pixel], pixels[(3 * pixel) + 1], pixels[(3 * pixel) + 2]) = colour;
        }

        return new Image(Side, Side, 3, pixels);
    }

    /// <summary>A circle or a square around a point; its edge is a pixel wide, so that it does not look like stairs.</summary>
    private readonly record struct Shape(double X, double Y, double Reach, bool IsRound, (byte Red, byte Green, byte Blue) Colour)
    {
        public (byte Red, byte Green, byte Blue) Over((byte Red, byte Green, byte Blue) below, double x, double y)
        {
            var (across, down) = (Math.Abs(x - X), Math.Abs(y - Y));
            var distance = IsRound ? Math.Sqrt((across * across) + (down * down)) : Math.Max(across, down);
            var cover = Math.Clamp(Reach - distance + 0.5, 0, 1);
            return (Mixed(below.Red, Colour.Red, cover), Mixed(below.Green, Colour.Green, cover), Mixed(below.Blue, Colour.Blue, cover));
        }

        private static byte Mixed(byte below, byte above, double cover) => (byte)Math.Round(below + ((above - below) * cover));
    }
}
