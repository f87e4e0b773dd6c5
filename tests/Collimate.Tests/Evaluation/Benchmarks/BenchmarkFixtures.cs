using System.Text;
using Collimate.Evaluation.Benchmarks;
using Collimate.Evaluation.Benchmarks.Readers;
using Collimate.Evaluation.Benchmarks.Runs;
using Collimate.Imaging;

namespace Collimate.Tests.Evaluation.Benchmarks;

/// <summary>Tiny data sets in the official formats, and a stand-in for a model.</summary>
internal static class BenchmarkFixtures
{
    public static void Picture(this TemporaryFolder folder, string name, byte shade = 200)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder[name])!);
        ImageCodec.Save(Image.Filled(8, 6, shade, 30, 30), folder[Path.ChangeExtension(name, ".png")]);
        if (!name.EndsWith(".png", StringComparison.Ordinal))
        {
            File.Move(folder[Path.ChangeExtension(name, ".png")], folder[name], overwrite: true); // what a file holds is read from its first bytes
        }
    }

    public static void Write(this TemporaryFolder folder, string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder[name])!);
        File.WriteAllText(folder[name], text);
    }

    /// <summary>POPE with some questions a split, every third of them a no.</summary>
    public static void Pope(this TemporaryFolder folder, int questions = 9)
    {
        foreach (var split in (string[])["random", "popular", "adversarial"])
        {
            folder.Write($"coco_pope_{split}.json", string.Concat(Enumerable.Range(1, questions).Select(k =>
                $$"""{"question_id": {{k}}, "image": "p{{k % 3}}.jpg", "text": "Is there a {{split}} thing {{k}} in the image?", "label": "{{(k % 3 == 0 ? "no" : "yes")}}"}""" + "\n")));
        }

        for (var k = 0; k < 3; k++)
        {
            folder.Picture($"val2014/p{k}.jpg", (byte)(60 * k));
        }
    }

    public static IReadOnlyList<BenchmarkItem> Items(this TemporaryFolder folder, string benchmark, string? protocol = null)
    {
        var definition = BenchmarkCatalogue.Find(benchmark);
        return BenchmarkReaders.Table.Create(definition.Protocol(protocol).Reader, benchmark).Read(new BenchmarkFiles(folder.Path, definition.Title, definition.Source));
    }

    /// <summary>Evaluates the stand-in.</summary>
    public static EvaluationReport Evaluate(
        this TemporaryFolder folder, string benchmark, Func<AskedItem, string> answers, string run = "run", string? protocol = null, int batch = 4, int? limit = null, string model = "m", CancellationToken cancellation = default) =>
        new EvaluationRun(BenchmarkCatalogue.Find(benchmark), new EvaluationOptions
        {
            Folder = folder[run], Data = folder.Path, Protocol = protocol, Batch = batch, Limit = limit, Model = model, ModelSha256 = $"{model}-hash",
        }).Run(() => new StandIn(answers), null, cancellation);

    /// <summary>A figure of a report by its name.</summary>
    public static double Figure(this EvaluationReport report, string name) => Assert.Single(report.Figures, figure => figure.Name == name).Value;

    /// <summary>Answers by a function of the question.</summary>
    public sealed class StandIn(Func<AskedItem, string> answers) : IBenchmarkAnswerer
    {
        public IReadOnlyList<string> Answer(IReadOnlyList<AskedItem> batch, int maxNewTokens, CancellationToken cancellation) => [.. batch.Select(answers)];
    }
}
