using System.Diagnostics;
using Collimate.Semantics;
using Collimate.Torch;

namespace Collimate.Benchmarks;

/// <summary>Finding the words of patches at CLIP ViT-L/14-336's size beside the bare matrix products that it cannot do without.</summary>
internal static class LabelSearch
{
    private const int Images = 8;
    private const int Patches = 576;
    private const int Words = 41_242; // 12dicts' 2of12, as the paper counts it
    private const int Width = 768;
    private const int Top = 10;
    private const int BareTile = 4096;

    public static void Run(Options options, ResultFile page)
    {
        var (rounds, words) = (options.Number("rounds", 5), options.Number("words", Words));
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        var directions = Tensor.RandomNormal([words, Width], generator).Normalize();
        var patches = Tensor.RandomNormal([Images, Patches, Width], generator);
        using var search = new TopWords(directions, Top);
        // All code, and the measuring itself, is in memory before memory is measured.
        _ = search.Find(patches.Narrow(1, 0, 8), SimilarityMode.Negated);
        _ = MemoryMark.SetHere().Risen;
        var mark = MemoryMark.SetHere();
        _ = search.Find(patches, SimilarityMode.Negated);
        var risen = mark.Risen;
        var (bare, found, wall) = (new List<double>(), new List<double>(), new List<double>());
        var rows = patches.Reshape(-1, Width).Normalize();
        for (var round = 0; round < rounds; round++)
        {
            bare.Add(Seconds(() => Products(rows, directions)).Processor);
            var (processor, passed) = Seconds(() => search.Find(patches, SimilarityMode.Negated));
            found.Add(processor);
            wall.Add(passed);
        }

        var work = 2.0 * Images * Patches * words * Width;
        var ratio = Peer.Median(bare.Zip(found, (product, all) => product / all));
        page.Add($"{Images} pictures of {Patches} patches, {words:N0} words, width {Width}, the best {Top} of each patch, fp32; {Environment.ProcessorCount} cores, one BLAS thread each; medians of {rounds} rounds in turns, seconds of processor time.");
        page.Add("");
        page.Add("| what | processor s | GFLOP/s a core |");
        page.Add("|---|---|---|");
        page.Add($"| the bare products, all patches with {BareTile} words at a time, nothing read | {Peer.Median(bare):F2} | {work / Peer.Median(bare) / 1e9:F1} |");
        page.Add($"| the words of every patch, exactly | {Peer.Median(found):F2} | {work / Peer.Median(found) / 1e9:F1} |");
        page.Add("");
        page.Add($"Throughput against the bare products: **{ratio:P0}**. Resident size rises by **{risen / 1048576.0:F0} MiB** beside words and patches; all similarities would take {4.0 * Images * Patches * words / (1 << 20):F0} MiB. "
            + $"{Images / Peer.Median(wall):F1} pictures a second of wall time.");
    }

    private static void Products(Tensor rows, Tensor directions)
    {
        using var off = GradMode.Disable();
        for (var start = 0L; start < directions.Size(0); start += BareTile)
        {
            using var scope = new TensorScope();
            _ = rows.MatMul(directions.Narrow(0, start, Math.Min(BareTile, directions.Size(0) - start)).Transpose(0, 1));
        }
    }

    private static (double Processor, double Wall) Seconds(Action work)
    {
        var (cpu, clock) = (Environment.CpuUsage.TotalTime, Stopwatch.StartNew());
        work();
        return ((Environment.CpuUsage.TotalTime - cpu).TotalSeconds, clock.Elapsed.TotalSeconds);
    }
}
