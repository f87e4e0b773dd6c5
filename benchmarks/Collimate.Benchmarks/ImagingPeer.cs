using System.Diagnostics;
using Collimate.Imaging;

namespace Collimate.Benchmarks;

/// <summary>Pictures from files to what a vision tower is shown: decode, resize the shorter side to 336 with a cubic, cut the centre. One thread; the other side is <c>peers/imaging.py</c>.</summary>
internal static class ImagingPeer
{
    private const int Pictures = 40;
    private static readonly (int Width, int Height)[] Sizes = [(1024, 768), (640, 480), (768, 1024), (1280, 960)];
    private static readonly ImageTransform Clip336 = new()
    {
        ShortestEdge = 336, Crop = new(336, 336), Mean = [0.48145466, 0.4578275, 0.40821073], Deviation = [0.26862954, 0.26130258, 0.27577711],
    };

    /// <summary>Writes JPEG files of usual sizes: a photograph enlarged, with noise as a sensor has it, so that they take about as many bytes as photographs do.</summary>
    public static string MakeFiles()
    {
        var folder = Directory.CreateTempSubdirectory("collimate-jpeg-").FullName;
        var photo = ImageCodec.Load(Path.Combine(Surroundings.Repository, "tests", "Golden", "images", "source", "rocket.jpg"));
        var random = new Random(1);
        for (var k = 0; k < Pictures; k++)
        {
            var (width, height) = Sizes[k % Sizes.Length];
            var picture = Resampling.Resize(photo, width, height, ResampleFilter.Bicubic);
            for (var i = 0; i < picture.Pixels.Length; i++)
            {
                var noise = random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5; // close to normal, deviation 0.5
                picture.Pixels[i] = (byte)Math.Clamp(picture.Pixels[i] + (12 * noise), 0, 255);
            }

            ImageCodec.Save(picture, Path.Combine(folder, $"{k:D2}.jpg"), quality: 90);
        }

        return folder;
    }

    /// <summary>Milliseconds of processor time a picture: other work on the machine counts less than on a clock.</summary>
    public static object Run(Options options)
    {
        var (repeat, files) = (options.Number("repeat", 5), Directory.GetFiles(options.Text("folder", ".")).Order(StringComparer.Ordinal).ToArray());
        var processor = new ImageProcessor(Clip336);
        var values = new float[processor.OutputLength];
        byte[] last = [];
        var fit = Milliseconds(repeat, files, bytes => last = processor.Fit(bytes).Pixels);
        var process = Milliseconds(repeat, files, bytes => processor.Process(bytes, values));
        return new { peer = "Collimate", versions = Surroundings.Versions, files = files.Length, last_sum = last.Sum(value => (long)value), median_ms = new { fit, process } };
    }

    private static double Milliseconds(int repeat, string[] files, Action<byte[]> work)
    {
        var times = new List<double>();
        var warm = Stopwatch.StartNew(); // the optimising compiler replaces code in the background some time after it was first called
        for (var round = -1; round < repeat; round += round >= 0 || warm.ElapsedMilliseconds >= 2000 ? 1 : 0)
        {
            var begin = Environment.CpuUsage.TotalTime;
            foreach (var file in files)
            {
                work(File.ReadAllBytes(file));
            }

            if (round >= 0)
            {
                times.Add((Environment.CpuUsage.TotalTime - begin).TotalMilliseconds / files.Length);
            }
        }

        return Math.Round(Peer.Median(times), 4);
    }
}
