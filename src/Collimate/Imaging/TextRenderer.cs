using System.Runtime.InteropServices;

namespace Collimate.Imaging;

/// <summary>Draws a short text, such as one emoji, with a font of the system.</summary>
public static partial class TextRenderer
{
    private const string Library = ImageLibrary.Name;

    /// <summary>Renders a text as RGBA pixels on a transparent ground (alpha not multiplied into the colours).</summary>
    /// <param name="text">What to draw; taken literally.</param>
    /// <param name="font">A font family that fontconfig knows, such as <c>Noto Color Emoji</c>.</param>
    /// <param name="pixelSize">The font's size in pixels.</param>
    /// <returns>A picture just large enough for the text.</returns>
    /// <exception cref="ArgumentException">The text is empty or the size not positive.</exception>
    /// <exception cref="InvalidOperationException">The text could not be drawn; the message says why.</exception>
    public static unsafe Image Render(string text, string font, int pixelSize)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        ArgumentException.ThrowIfNullOrEmpty(font);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pixelSize);
        ImageLibrary.EnsureLoaded();
        if (RenderText(text, $"{font} {pixelSize}px", out var pixels, out var width, out var height) != 0)
        {
            throw new InvalidOperationException($"'{text}' could not be drawn with the font '{font}': {Marshal.PtrToStringUTF8(LastError())}");
        }

        try
        {
            return new Image(width, height, 4, new ReadOnlySpan<byte>(pixels, checked(width * height * 4)).ToArray());
        }
        finally
        {
            Free(pixels);
        }
    }

    [LibraryImport(Library, EntryPoint = "collimate_text_render", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int RenderText(string text, string font, out byte* pixels, out int width, out int height);

    [LibraryImport(Library, EntryPoint = "collimate_text_free")]
    private static unsafe partial void Free(byte* pixels);

    [LibraryImport(Library, EntryPoint = "collimate_text_error")]
    private static partial nint LastError();
}
