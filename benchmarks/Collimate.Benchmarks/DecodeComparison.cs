using System.Text.Json;
using Collimate.Torch;

namespace Collimate.Benchmarks;

/// <summary>Loading a checkpoint of real size and answering from it token by token, beside eager PyTorch and beside what the memory's speed allows.</summary>
internal static class DecodeComparison
{
    public static int Run(Options options)
    {
        var quick = options.Flag("quick");
        var config = quick ? RandomCheckpoint.Small : RandomCheckpoint.HalfBillion;
        var rounds = options.Number("rounds", quick ? 1 : 3);
        var python = options.Text("python", "/usr/bin/python3");
        var hasTorch = Comparison.TorchOf(python) is not null;
        var threads = options.Text("threads", "1");
        string[] sizes = ["--threads", threads, "--steps", options.Text("steps", quick ? "5" : "40"), "--prompt", options.Text("prompt", "32")];
        var page = new ResultFile("Loading a checkpoint, and one token at a time");
        page.Add($"A Qwen2 decoder of made-up weights: {config.LayerCount} layers, width {config.HiddenSize}, {config.HeadCount} query and {config.KeyValueHeadCount} key/value heads of {config.HeadSize}, " +
                 $"feed-forward {config.IntermediateSize}, {config.VocabularySize} tokens, tied. Batch 1, {threads} thread(s), {rounds} alternating round(s); " +
                 "between two tokens the memory is read once from end to end, and the bound is what a token reads divided by that speed.");
        foreach (var type in options.Text("dtype", "bf16,fp32").Split(','))
        {
            var folder = Path.Combine(options.Text("folder", Path.Combine(Path.GetTempPath(), "collimate-benchmarks")), $"qwen2-{config.HiddenSize}-{type}");
            RandomCheckpoint.Write(config, folder, type == "bf16" ? ScalarType.BFloat16 : ScalarType.Float32);
            string[] words = ["--folder", folder, "--dtype", type, .. sizes];
            var pairs = Comparison.Rounds(
                rounds,
                hasTorch ? () => Comparison.Child(python, [Path.Combine(Surroundings.Repository, "benchmarks", "peers", "decode.py"), .. words]) : null,
                () => Comparison.Self(["decode", .. words, "--buffer", quick ? "64" : "512"]));
            Show(page, type, pairs);
        }

        page.Write(options.Text("out"), "decode", $"benchmarks/compare decode {string.Join(' ', options.Words)}".TrimEnd(),
            "the memory: every weight is read once for every token, and nothing here makes it smaller.");
        return 0;
    }

    private static void Show(ResultFile page, string type, List<(JsonElement CSharp, JsonElement? Python)> pairs)
    {
        page.Add("");
        page.Add($"## {type}");
        page.Add("");
        page.Add("| round | load (s) | first token (s) | resident / weights | read a token (MB) | memory (GB/s) | bound (ms) | C# (ms) | C# / bound | Python (ms) | C# / Python |");
        page.Add("|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (var (round, (own, other)) in pairs.Index())
        {
            var step = own.GetProperty("median_ms").GetProperty("step").GetDouble();
            var there = other?.GetProperty("median_ms").GetProperty("step").GetDouble();
            page.Add($"| {round + 1} | {Number(own, "load_s"):F3} | {Number(own, "first_token_s"):F2} | {own.GetProperty("resident").GetProperty("ratio").GetDouble():F3} | {Number(own, "bytes_per_token") / 1e6:F0} " +
                     $"| {Number(own, "bandwidth_gb_s"):F1} | {Number(own, "bound_ms"):F2} | {step:F2} | {Number(own, "ratio"):F3} | {there?.ToString("F2") ?? "-"} | {(step / there)?.ToString("F3") ?? "-"} |");
        }

        var fastest = pairs.Min(pair => Number(pair.CSharp, "fastest_ms"));
        var theirs = pairs[0].Python is null ? (double?)null : pairs.Min(pair => Number(pair.Python!.Value, "fastest_ms"));
        page.Add($"| fastest | {pairs.Min(p => Number(p.CSharp, "load_s")):F3} | {pairs.Min(p => Number(p.CSharp, "first_token_s")):F2} |  |  | {pairs.Max(p => Number(p.CSharp, "fastest_bandwidth_gb_s")):F1} |  | {fastest:F2} " +
                 $"| {pairs.Min(p => Number(p.CSharp, "fastest_ratio")):F3} | {theirs?.ToString("F2") ?? "-"} | {(fastest / theirs)?.ToString("F3") ?? "-"} |");
        page.Add("");
        page.Add($"In processor time, which other work on the machine touches less: {Peer.Median(pairs.Select(p => Number(p.CSharp.GetProperty("cpu_ms"), "step"))):F2} ms a token where the bound is " +
                 $"{Peer.Median(pairs.Select(p => Number(p.CSharp.GetProperty("cpu_ms"), "bound"))):F2} ms, a ratio of {Peer.Median(pairs.Select(p => Number(p.CSharp.GetProperty("cpu_ms"), "ratio"))):F3}.");
        var resident = pairs[0].CSharp.GetProperty("resident");
        page.Add("");
        page.Add($"Weights: {Number(pairs[0].CSharp, "weight_bytes") / 1e6:F0} MB. Resident before loading {resident.GetProperty("before").GetInt64() / 1e6:F0} MB (the runtime and libtorch), after loading " +
                 $"{resident.GetProperty("loaded").GetInt64() / 1e6:F0} MB, after answering {resident.GetProperty("answering").GetInt64() / 1e6:F0} MB, of it mapped from the file {resident.GetProperty("mapped").GetInt64() / 1e6:F0} MB; " +
                 "the ratio is the growth over the weights.");
    }

    private static double Number(JsonElement report, string key) => report.GetProperty(key).GetDouble();
}
