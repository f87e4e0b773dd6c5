namespace Collimate.Data.Scenes;

/// <summary>Finds the colour that clearly prevails in a glyph, if one does: one name for more than 60 % of its opaque pixels.</summary>
internal static class GlyphColours
{
    private const double Share = 0.6;

    // Only hues that people name alike: white, grey, black, tan and pink shade into one another in these pictures.
    internal static readonly string[] Names = ["red", "orange", "yellow", "green", "blue", "brown"];

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
            if (name >= 0)
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

    /// <summary>The index of a colour's name, or -1 for shades that people name differently.</summary>
    private static int Name(double red, double green, double blue)
    {
        var value = Math.Max(red, Math.Max(green, blue));
        var chroma = value - Math.Min(red, Math.Min(green, blue));
        if (value < 0.25 || chroma < 0.25 * value)
        {
            return -1;
        }

        var saturation = chroma / value;
        var hue = 60 * (value == red ? (green - blue) / chroma : value == green ? 2 + ((blue - red) / chroma) : 4 + ((red - green) / chroma));
        hue = hue < 0 ? hue + 360 : hue;
        return hue switch
        {
            < 16 or >= 340 => saturation > 0.6 && value > 0.6 ? 0 : value < 0.6 ? 5 : -1,
            < 42 => value > 0.85 && saturation > 0.6 ? 1 : value < 0.8 ? 5 : -1,
            >= 44 and < 62 => value > 0.75 && saturation > 0.4 ? 2 : -1,
            >= 70 and < 165 => 3,
            >= 180 and < 250 => saturation > 0.4 ? 4 : -1,
            _ => -1,
        };
    }
}
