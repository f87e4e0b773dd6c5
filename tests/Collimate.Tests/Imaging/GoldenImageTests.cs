using System.Security.Cryptography;
using System.Text.Json;
using Collimate.Imaging;
using Collimate.Tests.Models;
using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Tests.Imaging;

/// <summary>Decoding, resizing and processing against what Pillow and the Hugging Face processors made of the same files: equal bytes, not close ones.</summary>
public sealed class GoldenImageTests
{
    private const string Folder = "images";
    private static readonly string[] Sources = ["rocket.jpg", "chelsea_rgba.png", "camera_grey.png"];

    [Fact]
    public void Decode_JpegAndPng_EqualsPillow()
    {
        using var expected = Expected();
        foreach (var source in Sources)
        {
            var name = Path.GetFileNameWithoutExtension(source);
            var sum = expected.RootElement.GetProperty("decoded").GetProperty(name + ".rgb").GetProperty("hwc_sha256").GetString();
            Assert.Equal((name, sum), (name, Hash(Load(source).ToRgb().Pixels)));
        }
    }

    [Fact]
    public void Resize_EveryFilterAndSize_EqualsPillow()
    {
        using var expected = Expected();
        var rocket = Load("rocket.jpg");
        var seen = 0;
        foreach (var entry in expected.RootElement.GetProperty("pillow_resize_hwc_sha256").EnumerateObject())
        {
            var parts = entry.Name.Split('.');
            var size = parts[2].Split('x').Select(int.Parse).ToArray();
            var filter = Enum.Parse<ResampleFilter>(parts[1], ignoreCase: true);
            var resized = Resampling.Resize(rocket, size[0], size[1], filter);
            Assert.Equal((entry.Name, entry.Value.GetString()), (entry.Name, Hash(resized.Pixels)));
            seen++;
        }

        Assert.Equal(12, seen);
    }

    [Fact]
    public void Process_EveryPublishedProcessor_EqualsHuggingFace()
    {
        using var expected = Expected();
        var seen = 0;
        foreach (var entry in expected.RootElement.GetProperty("entries").EnumerateObject())
        {
            var parts = entry.Name.Split('/');
            var transform = ImageTransform.Load(GoldenFiles.Require($"{Folder}/{parts[0]}")) with { PadToSquare = parts[0] == "llava336_pad" };
            var processor = new ImageProcessor(transform);
            var source = Sources.Single(source => source.StartsWith(parts[1], StringComparison.Ordinal));
            var image = Load(source);
            Assert.Equal((entry.Name, entry.Value.GetProperty("uint8_chw_sha256").GetString()), (entry.Name, Hash(Planes(processor.Fit(image)))));

            var values = processor.Process(image);
            var corner = entry.Value.GetProperty("corner_0_0_0..7").EnumerateArray().Select(x => (float)x.GetDouble());
            Assert.Equal(corner, values.Take(8));
            Assert.Equal(entry.Value.GetProperty("mean").GetDouble(), values.Average(x => (double)x), 9);
            CompareWindow(parts, processor, values, entry.Value.GetProperty("window_offset").GetInt32());
            Assert.Equal(values, Encoded(processor, source));
            seen++;
        }

        Assert.Equal(24, seen);
    }

    // The 16 x 16 floats at an offset, as the reference implementation computed them.
    private static void CompareWindow(string[] parts, ImageProcessor processor, float[] values, int offset)
    {
        using var scope = new TensorScope();
        using var reader = SafetensorsReader.Open(GoldenFiles.Require($"{Folder}/{parts[0]}/expected.safetensors"));
        var expected = reader.Read($"{parts[1]}.pixel_values_window");
        var window = Tensor.From(values, [3, processor.OutputSize.Height, processor.OutputSize.Width]).Narrow(1, offset, 16).Narrow(2, offset, 16);
        Near.Assert(expected, window, 1e-6, string.Join('/', parts));
    }

    private static float[] Encoded(ImageProcessor processor, string source)
    {
        var values = new float[processor.OutputLength];
        processor.Process(File.ReadAllBytes(GoldenFiles.Require($"{Folder}/source/{source}")), values);
        return values;
    }

    private static JsonDocument Expected() => JsonDocument.Parse(File.ReadAllText(GoldenFiles.Require($"{Folder}/expected.json")));

    private static Image Load(string source) => ImageCodec.Load(GoldenFiles.Require($"{Folder}/source/{source}"));

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static byte[] Planes(Image image)
    {
        var plane = image.Width * image.Height;
        var planes = new byte[plane * 3];
        for (var i = 0; i < planes.Length; i++)
        {
            planes[((i % 3) * plane) + (i / 3)] = image.Pixels[i];
        }

        return planes;
    }
}
