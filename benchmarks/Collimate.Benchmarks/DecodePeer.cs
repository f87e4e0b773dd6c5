using System.Diagnostics;
using Collimate.Models;
using Collimate.Models.Language;
using Collimate.Torch;

namespace Collimate.Benchmarks;

/// <summary>The C# side of decoding: loads a checkpoint folder, answers token by token, and says what both took in time and memory.</summary>
internal static class DecodePeer
{
    public static object Measure(Options options)
    {
        var (steps, warmup, prompt) = (options.Number("steps", 40), options.Number("warmup", 4), options.Number("prompt", 32));
        var folder = options.Text("folder") ?? throw new ArgumentException("peer decode needs --folder FOLDER");
        var threads = options.Number("threads", 1);
        TorchRuntime.Threads = threads;
        using var noGradient = GradMode.Disable();
        Tensor.Zeros([1]).Dispose();
        var before = Resident();
        var clock = Stopwatch.StartNew();
        using var model = CausalLanguageModel.Load(folder, options.Precision ?? ScalarType.Float32);
        var load = clock.Elapsed.TotalSeconds;
        var loaded = Resident();
        var weights = model.Parameters().Sum(p => p.ElementCount * p.Type.Size());

        using var scope = new TensorScope();
        var random = new Random(2);
        var ids = Tensor.From<long>([.. Enumerable.Range(0, prompt).Select(_ => (long)random.Next(model.Config.VocabularySize))], [1, prompt]);
        clock.Restart();
        var (logits, state) = model.Prefill(LanguageInput.Causal(model.Embed(ids)));
        var token = (int)logits.ArgMax(-1).ItemInt64();
        var first = clock.Elapsed.TotalSeconds;
        using var held = state;
        var resident = (Whole: Resident(), Mapped: Mapped());
        using var reader = new MemoryReader(threads, options.Number("buffer", 512));
        var (times, speeds, processor, readerProcessor) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var step = 0; step < warmup + steps; step++)
        {
            // In turns, so that both meet the same machine.
            var begin = Environment.CpuUsage.TotalTime;
            var speed = reader.Pass();
            var between = Environment.CpuUsage.TotalTime;
            using var inner = new TensorScope();
            clock.Restart();
            token = (int)model.Step([token], state).ArgMax(-1).ItemInt64();
            if (step >= warmup)
            {
                times.Add(clock.Elapsed.TotalMilliseconds);
                processor.Add((Environment.CpuUsage.TotalTime - between).TotalMilliseconds);
                readerProcessor.Add((between - begin).TotalMilliseconds);
                speeds.Add(speed);
            }
        }

        var cached = state.Cache.Keys(0).ElementCount * state.Cache.Keys(0).Type.Size() * 2 * model.Config.LayerCount;
        var bytes = weights - (model.Config.TieEmbeddings ? 0 : model.EmbeddingWeight.ElementCount * model.EmbeddingWeight.Type.Size()) + cached;
        var (median, speedMedian) = (Peer.Median(times), Peer.Median(speeds));
        var boundProcessor = Peer.Median(readerProcessor) * bytes / reader.Bytes;
        return new
        {
            peer = "Collimate", versions = Surroundings.Versions, dtype = options.Text("dtype", "fp32"), threads, steps, token,
            load_s = Math.Round(load, 4), first_token_s = Math.Round(first, 3), weight_bytes = weights, bytes_per_token = bytes,
            resident = new { before, loaded, answering = resident.Whole, mapped = resident.Mapped, ratio = Math.Round((resident.Whole - before) / (double)weights, 3) },
            bandwidth_gb_s = Math.Round(speedMedian / 1e9, 2), fastest_bandwidth_gb_s = Math.Round(speeds.Max() / 1e9, 2),
            bound_ms = Math.Round(bytes / speedMedian * 1e3, 3),
            cpu_ms = new { step = Math.Round(Peer.Median(processor), 3), bound = Math.Round(boundProcessor, 3), ratio = Math.Round(Peer.Median(processor) / boundProcessor, 3) },
            median_ms = new { step = Math.Round(median, 3) }, fastest_ms = Math.Round(times.Min(), 3),
            ratio = Math.Round(median / (bytes / speedMedian * 1e3), 3), fastest_ratio = Math.Round(times.Min() / (bytes / speeds.Max() * 1e3), 3),
        };
    }

    private static long Resident() => Smaps("/proc/self/smaps_rollup", _ => true);

    private static long Mapped() => Smaps("/proc/self/smaps", range => range.EndsWith(CheckpointFolder.WeightsName, StringComparison.Ordinal));

    // Resident bytes of the mapped ranges whose heading is asked for.
    private static long Smaps(string file, Func<string, bool> wanted)
    {
        var (sum, counts) = (0L, false);
        foreach (var line in File.ReadLines(file))
        {
            if (line.Split(' ')[0] is var word && !word.EndsWith(':'))
            {
                counts = wanted(line);
            }
            else if (counts && word == "Rss:")
            {
                sum += long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) << 10;
            }
        }

        return sum;
    }
}
