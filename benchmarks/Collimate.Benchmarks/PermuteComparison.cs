using System.Text.Json;

namespace Collimate.Benchmarks;

/// <summary>The permutation experiment's training steps beside the published program's, in turns.</summary>
internal static class PermuteComparison
{
    public static int Run(Options options)
    {
        var quick = options.Flag("quick");
        var rounds = options.Number("rounds", quick ? 1 : 5);
        var python = options.Text("python", "/usr/bin/python3");
        var torch = Comparison.TorchOf(python);
        string[] words =
        [
            "--tokens", options.Text("tokens", "200"), "--width", options.Text("width", "256"), "--hidden", options.Text("hidden", "1024"), "--layers", options.Text("layers", "4"),
            "--iterations", options.Text("iterations", "50"), "--steps", options.Text("steps", quick ? "4" : "20"), "--warmup", quick ? "1" : "3",
        ];
        var page = new ResultFile("A training step of the permutation experiment");
        page.Add($"Four sets of {words[1]} tokens of width {words[3]}, feed-forward {words[5]}, {words[7]} blocks, {words[9]} iterations of Sinkhorn, dropout 0.1, one thread each, medians of {words[11]} steps. " +
                 $"Python: {(torch is null ? "skipped" : $"eager PyTorch {torch.Trim()}, as the published program is written, in single precision")}. A ratio above 1 says how many times faster C# is. " +
                 "C# leaves out the dead half of the last block, computes the loss on the soft matrix, and in bf16 narrows the products of all blocks but the last one's scores: what ./collimate permute does by default.");
        JsonElement Other() => Comparison.Child(python, [Path.Combine(Surroundings.Repository, "benchmarks", "peers", "permute.py"), .. words]);
        foreach (var type in (string[])["bf16", "fp32"])
        {
            Show(page, type, Comparison.Rounds(rounds, torch is null ? null : Other, () => Comparison.Self(["permute", .. words, "--dtype", type])));
        }

        page.Write(options.Text("out"), "permute", $"benchmarks/compare permute {string.Join(' ', options.Words)}".TrimEnd(),
            "matrix products of the blocks, which both sides leave to the same BLAS; C# leaves out those of the last block that nothing follows from.");
        return 0;
    }

    private static void Show(ResultFile page, string type, List<(JsonElement CSharp, JsonElement? Python)> pairs)
    {
        page.Add("");
        page.Add($"## {type} in C#");
        page.Add("");
        page.Add("| round | C# (ms) | Python (ms) | Python / C# | processor: C# (ms) | Python (ms) | Python / C# |");
        page.Add("|---|---|---|---|---|---|---|");
        foreach (var (round, (own, other)) in pairs.Index())
        {
            page.Add($"| {round + 1} | {Of(own, "step"):F1} | {Shown(other, "step")} | {Ratio(own, other, "step")} | {Of(own, "cpu"):F1} | {Shown(other, "cpu")} | {Ratio(own, other, "cpu")} |");
        }

        if (pairs.TrueForAll(pair => pair.Python is not null))
        {
            page.Add("");
            page.Add($"Medians of the ratios: {Peer.Median(pairs.Select(pair => Of(pair.Python!.Value, "step") / Of(pair.CSharp, "step"))):F2} in time, " +
                     $"{Peer.Median(pairs.Select(pair => Of(pair.Python!.Value, "cpu") / Of(pair.CSharp, "cpu"))):F2} in processor time.");
        }
    }

    private static double Of(JsonElement report, string key) => report.GetProperty("median_ms").GetProperty(key).GetDouble();

    private static string Shown(JsonElement? report, string key) => report is { } there ? $"{Of(there, key):F1}" : "-";

    private static string Ratio(JsonElement own, JsonElement? other, string key) => other is { } there ? $"{Of(there, key) / Of(own, key):F2}" : "-";
}
