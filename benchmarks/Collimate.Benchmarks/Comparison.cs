using System.Diagnostics;
using System.Text.Json;

namespace Collimate.Benchmarks;

/// <summary>Runs the C# side and the Python side of each pair in turns, in fresh processes, so that both meet the same machine, and sets the medians against each other.</summary>
internal static class Comparison
{
    // Each lets the libraries choose for the machine they are on; one side alone told otherwise would decide the comparison.
    private static readonly string[] Unset = ["OPENBLAS_CORETYPE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OMP_WAIT_POLICY"];

    public static int Run(Options options)
    {
        var quick = options.Flag("quick");
        var (rounds, steps) = (options.Number("rounds", quick ? 1 : 5), options.Number("steps", quick ? 4 : 20));
        var python = options.Text("python", "/usr/bin/python3");
        var peers = Path.Combine(Surroundings.Repository, "benchmarks", "peers");
        var torch = TorchOf(python);

        var only = options.Text("only");
        var page = new ResultFile("C# beside Python");
        var lossRounds = quick ? 1 : options.Number("rounds", 1);
        page.Add($"{(only is "loss" ? $"Rounds: {lossRounds}" : $"Medians of {rounds} alternating rounds")}, one thread each; Python: {(torch is null ? "skipped" : $"eager PyTorch {torch.Trim()}")}. A ratio below 1 means that C# needs less.");
        string[] repeats = ["--repeat", quick ? "5" : "15"];
        if (only is null or "add")
        {
            // A call is over in a microsecond, and other work on the machine shows more: so more rounds, which cost little.
            MeasureCalls(page, quick ? rounds : 3 * rounds, repeats, python, peers, torch is not null);
        }

        if (only is null or "step")
        {
            MeasureSteps(page, options, rounds, steps, python, peers, torch is not null);
        }

        if (only is null or "imaging")
        {
            MeasureImaging(page, rounds, quick ? "2" : "5", python, peers);
        }

        if (only is "loss")
        {
            MeasureLoss(page, options, lossRounds, python, peers, torch is not null);
        }

        page.Write(options.Text("out"), only is null ? "compare" : $"compare-{only}", $"benchmarks/compare {string.Join(' ', options.Words)}".TrimEnd(), Limit(only));
        return 0;
    }

    private static string Limit(string? only) => only == "imaging"
        ? "the decoding of JPEG, which both sides leave to the same libjpeg-turbo; the rest is resizing and passes over memory."
        : only == "loss"
        ? "three matrix products; of memory, the head's own gradient, which is asked for."
        : only == "add"
        ? "what libtorch itself does for one element (dispatch, iterator, allocation), which both sides pay; above it C# pays for an object with a finalizer and two crossings."
        : "matrix products in the BLAS that both sides call; C# can only save what lies between them (passes over memory, allocation, calls).";

    private static void MeasureCalls(ResultFile page, int rounds, string[] repeats, string python, string peers, bool hasTorch)
    {
        var calls = Rounds(rounds, !hasTorch ? null : () => Child(python, [Path.Combine(peers, "operators.py"), "--only", "calls", .. repeats]), () => Self(["add", .. repeats]));
        Table(page, "add of one element, released at once", "µs", calls, ["median_us", "add_one"], ["median_us", "eager", "add_one"]);
        Table(page, "add of one element, released by a scope", "µs", calls, ["median_us", "add_one_in_scope"], ["median_us", "eager", "add_one"]);
    }

    private static void MeasureLoss(ResultFile page, Options options, int rounds, string python, string peers, bool hasTorch)
    {
        string[] sizes = ["--rows", options.Text("rows", "4096"), "--classes", options.Text("classes", "151936"), "--width", options.Text("width", "896")];
        foreach (var type in (string[])["fp32", "bf16"])
        {
            page.Add("");
            page.Add($"## loss of {sizes[1]} tokens over {sizes[3]} words, width {sizes[5]}, {type}");
            page.Add("");
            page.Add(type == "fp32" ? "Chunked and plain in one process on the same numbers." : "Both forms round logits and products to bf16's eight bits, in another order: their gradients agree to that.");
            page.Add("");
            page.Add("| round | chunked: MiB, processor s | plain: MiB, processor s | memory ratio | time ratio | gradients apart (hidden, head) | plain in Python: MiB, processor s |");
            page.Add("|---|---|---|---|---|---|---|");
            for (var round = 0; round < rounds; round++)
            {
                var own = Self(["loss", "--dtype", type, .. sizes]);
                var other = hasTorch ? Child(python, [Path.Combine(peers, "vocabulary_loss.py"), "--dtype", type, .. sizes]) : (JsonElement?)null;
                var apart = own.GetProperty("gradient_distance");
                page.Add($"| {round + 1} | {Cost(own, "chunked")} | {Cost(own, "plain")} | {Figure(own, ["memory_ratio"]):F3} | {Figure(own, ["time_ratio"]):F3} | " +
                    $"{apart.GetProperty("hidden").GetDouble():E1}, {apart.GetProperty("weight").GetDouble():E1} | {(other is { } given ? Cost(given, "plain") : "-")} |");
            }
        }

        static string Cost(JsonElement report, string form) => $"{Figure(report, [form, "PeakMebibytes"]):F0}, {Figure(report, [form, "CpuSeconds"]):F1}";
    }

    private static void MeasureSteps(ResultFile page, Options options, int rounds, int steps, string python, string peers, bool hasTorch)
    {
        string[] sizes = ["--batch", options.Text("batch", "16"), "--tokens", options.Text("tokens", "208"), "--steps", $"{steps}", "--warmup", options.Flag("quick") ? "2" : "5"];
        foreach (var type in (string[])["fp32", "bf16"])
        {
            string[] words = ["--dtype", type, .. sizes];
            var pair = Rounds(rounds, !hasTorch ? null : () => Child(python, [Path.Combine(peers, "decoder_step.py"), .. words]), () => Self(["step", .. words]));
            Table(page, $"training step, {type}", "ms", pair, ["median_ms", "step"], ["median_ms", "step"]);
            foreach (var part in (string[])["forward", "backward", "update"])
            {
                page.Add($"- {part}: {Median(pair, s => s.CSharp, ["median_ms", part]):F2} ms in C#{(!hasTorch ? "" : $", {Median(pair, s => s.Python!.Value, ["median_ms", part]):F2} ms in Python")}");
            }

            page.Add($"- BLAS core: {pair[0].CSharp.GetProperty("blas_core")} in C#{(!hasTorch ? "" : $", {pair[0].Python!.Value.GetProperty("blas_core")} in Python")}");
        }
    }

    private static void MeasureImaging(ResultFile page, int rounds, string repeat, string python, string peers)
    {
        var folder = ImagingPeer.MakeFiles();
        try
        {
            string[] words = ["--folder", folder, "--repeat", repeat];
            JsonElement Other() => Child(python, [Path.Combine(peers, "imaging.py"), .. words]);
            var there = File.Exists(python) && !Other().TryGetProperty("absent", out _);
            var pairs = Rounds(rounds, there ? Other : null, () => Self(["imaging", .. words]));
            Table(page, "JPEG files to 336 x 336 (decode, shorter side to 336 bicubic, centre)", "ms of processor time a picture", pairs, ["median_ms", "fit"], ["median_ms", "fit"]);
            page.Add(there ? $"- Pillow: {pairs[0].Python!.Value.GetProperty("versions")}" : "- Pillow is absent: its side is skipped");
            page.Add($"- with normalised floats [3, 336, 336] instead of bytes: {Median(pairs, p => p.CSharp, ["median_ms", "process"]):F3} ms in C#");
            if (there && pairs.Exists(p => p.CSharp.GetProperty("last_sum").GetInt64() != p.Python!.Value.GetProperty("last_sum").GetInt64()))
            {
                throw new InvalidOperationException("both sides made different pixels of the same file; what they took cannot be compared");
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The version of PyTorch that a Python has; null, and a word about it, where it has none.</summary>
    internal static string? TorchOf(string python)
    {
        var torch = Run(python, ["-c", "try:\n import torch; print(torch.__version__)\nexcept ImportError: pass"], mayBeAbsent: true);
        if (torch is null)
        {
            Console.WriteLine($"{python} has no torch: the Python side is skipped, and there are no ratios.");
        }

        return torch;
    }

    internal static List<(JsonElement CSharp, JsonElement? Python)> Rounds(int rounds, Func<JsonElement>? python, Func<JsonElement> self)
    {
        var pairs = new List<(JsonElement, JsonElement?)>();
        for (var round = 0; round < rounds; round++)
        {
            // Who goes first changes, so that neither always meets the warmer machine.
            var second = round % 2 == 0 ? python?.Invoke() : null;
            var first = self();
            pairs.Add((first, second ?? python?.Invoke()));
        }

        return pairs;
    }

    private static void Table(ResultFile page, string title, string unit, List<(JsonElement CSharp, JsonElement? Python)> pairs, string[] mine, string[] theirs)
    {
        page.Add("");
        page.Add($"## {title}");
        page.Add("");
        page.Add($"| round | C# ({unit}) | Python ({unit}) | C# / Python |");
        page.Add("|---|---|---|---|");
        var ratios = new List<double>();
        foreach (var (round, (own, other)) in pairs.Index())
        {
            var (a, b) = (Figure(own, mine), other is { } given ? Figure(given, theirs) : double.NaN);
            ratios.Add(a / b);
            page.Add($"| {round + 1} | {a:F3} | {Shown(b, "F3")} | {Shown(a / b, "F3")} |");
        }

        var there = pairs[0].Python is null ? double.NaN : Median(pairs, p => p.Python!.Value, theirs);
        var (least, theirLeast) = (pairs.Min(p => Figure(p.CSharp, mine)), pairs[0].Python is null ? double.NaN : pairs.Min(p => Figure(p.Python!.Value, theirs)));
        page.Add($"| fastest | {least:F3} | {Shown(theirLeast, "F3")} | {Shown(least / theirLeast, "F3")} |");
        page.Add($"| **median** | **{Median(pairs, p => p.CSharp, mine):F3}** | **{Shown(there, "F3")}** | **{Shown(Peer.Median(ratios), "F3")}** |");
        page.Add("");
    }

    private static string Shown(double value, string format) => double.IsNaN(value) ? "-" : value.ToString(format);

    private static double Median(List<(JsonElement CSharp, JsonElement? Python)> pairs, Func<(JsonElement CSharp, JsonElement? Python), JsonElement> side, string[] path) =>
        Peer.Median(pairs.Select(pair => Figure(side(pair), path)));

    private static double Figure(JsonElement report, string[] path) => path.Aggregate(report, (at, key) => at.GetProperty(key)).GetDouble();

    internal static JsonElement Self(string[] words) => Child(Environment.ProcessPath!, [typeof(Comparison).Assembly.Location, "peer", .. words]);

    internal static JsonElement Child(string program, string[] words) => JsonDocument.Parse(Run(program, words, mayBeAbsent: false)!).RootElement;

    private static string? Run(string program, string[] words, bool mayBeAbsent)
    {
        var start = new ProcessStartInfo(program, words) { RedirectStandardOutput = true };
        foreach (var name in Unset)
        {
            start.Environment.Remove(name);
        }

        if (mayBeAbsent && !File.Exists(program))
        {
            return null;
        }

        using var process = Process.Start(start)!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? text.Length > 0 ? text : null
            : throw new InvalidOperationException($"{program} {string.Join(' ', words)} ended with exit code {process.ExitCode}; what it said stands above");
    }
}
