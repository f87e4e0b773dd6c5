namespace Collimate.Data.Scenes;

/// <summary>Finds the colour that clearly prevails in a glyph, if one does: one name for more than 60 % of its opaque pixels.</summary>
internal static class GlyphColours
{
    private const double Share = 0.6;

    private const int None = -1;
    private const int Red = 0;
    private const int Orange = 1;
    private const int Yellow = 2;
    private const int Green = 3;
    private const int Blue = 4;
    private const int Brown = 5;
    private const int Pink = 6;

    // Only what people name alike: white, grey, black and tan shade into one another in these pictures, and too few things are purple.
    internal static readonly string[] Names = ["red", "orange", "yellow", "green", "blue", "brown", "pink"];

    /// <param name="pixels">[side, side, 4], colours multiplied by alpha.</param>
    internal static string? Prevailing(ReadOnlySpan<byte> pixels)
    {
        Span<int> counts = stackalloc int[Names.Length];
        var opaque = 0;
        for (var at = 0; at < pixels.Length; at += 4)
        {
            if (pixels[at + 3] <= 150)
            {
                continue;
            }

            opaque++;
            var alpha = (double)pixels[at + 3];
            var name = Name(pixels[at] / alpha, pixels[at + 1] / alpha, pixels[at + 2] / alpha);
            if (name != None)
            {
                counts[name]++;
            }
        }

        for (var name = 0; name < Names.Length; name++)
        {
            if (counts[name] > Share * opaque)
            {
                return Names[name];
            }
        }

        return null;
    }

    /// <summary>The index of a colour's name, or -1 for shades that people name differently; between neighbouring hues lies a gap.</summary>
    private static int Name(double red, double green, double blue)
    {
        var value = Math.Max(red, Math.Max(green, blue));
        var chroma = value - Math.Min(red, Math.Min(green, blue));
        if (value < 0.25 || chroma < 0.2 * value)
        {
            return None;
        }

        var saturation = chroma / value;
        var hue = 60 * (value == red ? (green - blue) / chroma : value == green ? 2 + ((blue - red) / chroma) : 4 + ((red - green) / chroma));
        hue = hue < 0 ? hue + 360 : hue;
        return hue switch
        {
            < 42 when value < 0.8 && saturation < 0.8 => Brown,
            < 22 or >= 340 when value > 0.85 && saturation < 0.5 => Pink,
            < 12 or >= 340 => saturation > 0.6 && value > 0.6 ? Red : None,
            >= 15 and < 38 => value > 0.85 && saturation > 0.78 ? Orange : None,
            >= 40 and < 60 => value > 0.75 && saturation > 0.5 ? Yellow : None,
            >= 64 and < 165 => saturation > 0.3 ? Green : None,
            >= 190 and < 250 => saturation > 0.4 ? Blue : None,
            >= 305 and < 340 => value > 0.8 ? Pink : None,
            _ => None,
        };
    }
}
