using System.Runtime.InteropServices;
using System.Text;
using Collimate.Imaging;
using Collimate.Torch.Serialization;

namespace Collimate.Cli;

/// <summary>Writes preprocessed pixels so that other programs can read them, whole or not at all.</summary>
internal static class PixelFile
{
    /// <summary>Writes the fitted 8-bit picture, or normalised values of the given shape, to a file.</summary>
    public delegate void Writer(string path, Image fitted, int[] shape, float[] pixels);

    /// <summary>The writer that a path's ending asks for; null for an ending that says nothing.</summary>
    /// <exception cref="UsageException">The path's folder does not exist.</exception>
    public static Writer? WriterFor(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path));
        return Directory.Exists(folder) ? ByEnding(path) : throw new UsageException($"--out '{path}': the folder '{folder}' does not exist; make it first.");
    }

    private static Writer? ByEnding(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".safetensors" => (target, _, shape, pixels) => WriteWhole(target, SafetensorsHeader(shape, pixels.Length), pixels),
        ".npy" => (target, _, shape, pixels) => WriteWhole(target, NumpyHeader(shape), pixels),
        ".png" or ".jpg" or ".jpeg" or ".webp" => (target, fitted, _, _) => ImageCodec.Save(fitted, target),
        _ => null,
    };

    // https://github.com/huggingface/safetensors#format: length of the header, header, data; padded so that the data is aligned.
    private static byte[] SafetensorsHeader(int[] shape, int values)
    {
        var text = $$$"""{"pixel_values":{"dtype":"F32","shape":[{{{string.Join(',', shape)}}}],"data_offsets":[0,{{{(long)values * sizeof(float)}}}]}}""";
        var padded = text.PadRight(((text.Length + 8 + 63) / 64 * 64) - 8);
        return [.. BitConverter.GetBytes((ulong)padded.Length), .. Encoding.ASCII.GetBytes(padded)];
    }

    // https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, version 1.0.
    private static byte[] NumpyHeader(int[] shape)
    {
        var text = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({string.Join(", ", shape)}), }}";
        var padded = text.PadRight(((text.Length + 11 + 63) / 64 * 64) - 11) + "\n";
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)(padded.Length & 255), (byte)(padded.Length >> 8), .. Encoding.ASCII.GetBytes(padded)];
    }

    private static void WriteWhole(string path, byte[] header, float[] pixels) => WholeFile.Write(path, stream =>
    {
        stream.Write(header);
        stream.Write(MemoryMarshal.AsBytes(pixels.AsSpan()));
    });
}
