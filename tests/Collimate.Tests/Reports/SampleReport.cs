using Collimate.Imaging;
using Collimate.Reports;

namespace Collimate.Tests.Reports;

/// <summary>A report of made-up numbers, with every part filled.</summary>
internal static class SampleReport
{
    private static readonly string[] Words = ["dog", "bus", "strawberry", "empty", "umbrella", "tent", "7", "watermelon"];

    internal static DemoReport Full() => new()
    {
        Name = "Learning to see, in minutes",
        Date = new DateTimeOffset(2026, 11, 21, 9, 30, 0, TimeSpan.Zero),
        Duration = TimeSpan.FromSeconds(221),
        Hardware = "2 cores of a made-up machine, no GPU",
        Versions = [("Collimate", "0.1.0"), (".NET", "10.0"), ("libtorch", "1.13.0")],
        Training =
        [
            Stage("align", 150, 6.2, 1.6) with { Learns = "connector", Duration = TimeSpan.FromSeconds(41) },
            Stage("instruct", 600, 1.7, 0.32) with { Learns = "connector, language", Duration = TimeSpan.FromSeconds(180) },
        ],
        Accuracy =
        [
            new("Held-out compositions", "Two known objects that never stood in one picture together.", Kinds(0.12)),
            new("Unseen emoji", "An object that training never showed or named.", Kinds(-0.1)),
        ],
        Gallery = [.. Enumerable.Range(0, 3).Select(Item)],
        AlignmentMaps = [.. Enumerable.Range(0, 2).Select(Map)],
        AlignmentAccuracy = 0.41,
        AlignmentAccuracyBefore = 0.01,
        RecipeYaml = "name: demo\nmodel:\n  connector: { type: mlp } # <two layers>\n",
        NextCommands = ["./collimate ask runs/demo --image any.png \"what is at the north?\""],
    };

    internal static Image Picture(int number)
    {
        var picture = Image.Filled(96, 96, 240, 236, 222);
        for (var y = 0; y < 96; y++)
        {
            for (var x = 0; x < 96; x++)
            {
                var (dx, dy) = (x - 20 - (number * 24), y - 46);
                if ((dx * dx) + (dy * dy) < 200)
                {
                    var at = ((y * 96) + x) * 3;
                    (picture.Pixels[at], picture.Pixels[at + 1], picture.Pixels[at + 2]) = ((byte)(200 - (number * 50)), 60, (byte)(60 + (number * 60)));
                }
            }
        }

        return picture;
    }

    private static TrainingSeries Stage(string name, int steps, double from, double to)
    {
        var noise = new Random(steps);
        return new TrainingSeries(name, [.. Enumerable.Range(1, steps).Select(step => (long)step)],
            [.. Enumerable.Range(1, steps).Select(step => to + ((from - to) * Math.Exp(-4.0 * step / steps)) + (noise.NextDouble() * 0.3))]);
    }

    private static KindAccuracy[] Kinds(double shift) =>
    [
        new("existence", 0.82 + shift, 0.5, 0.51, 0.5, 200) { Example = "is there a dog?" },
        new("what is at", 0.61 + shift, 0.02, 0.03, 0.01, 190) { Example = "what is at the northwest?" },
        new("count", 0.55 + shift, 0.26, 0.29, 0.25, 180) { Example = "how many times does the dog appear?" },
        new("reading", 0.4 + shift, 0.01, null, 0.01, 170) { Example = "read the symbols." },
    ];

    private static GalleryItem Item(int number) => new($"test-compositions-1-00004{number}", Picture(number),
    [
        new("what is at the center?", "dog", "yes", number == 1 ? "cat" : "dog"),
        new("is there a strawberry?", "no", "no", "no"),
        new("how many objects are there?", "1", "", "1"),
    ])
    {
        Description = "A round thing on a pale ground",
        Note = number == 2 ? "unseen emoji" : "",
    };

    private static AlignmentPicture Map(int number)
    {
        var patches = Enumerable.Range(0, 144).Select(at =>
        {
            var (x, y) = (at % 12, at / 12);
            var covered = Math.Abs(x - 2 - (number * 3)) < 2 && Math.Abs(y - 5) < 2;
            var word = covered && (x + y) % 3 != 0 ? "dog" : covered ? Words[(x + y) % Words.Length] : at % 11 == 0 ? "watermelon" : "empty";
            return new PatchWord(word, covered ? "dog" : null, 0.2 + (0.01 * (at % 30)), covered && word == "dog");
        });
        return new AlignmentPicture($"test-compositions-1-00005{number}", Picture(number), 12, 12, [.. patches]);
    }
}
