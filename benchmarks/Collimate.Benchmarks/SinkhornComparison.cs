using System.Text.Json;

namespace Collimate.Benchmarks;

/// <summary>Sinkhorn beside the same written operator by operator in eager PyTorch: time, memory, and whether both found the same.</summary>
internal static class SinkhornComparison
{
    public static int Run(Options options)
    {
        var quick = options.Flag("quick");
        var (rounds, size) = (options.Number("rounds", quick ? 1 : 5), options.Text("size", quick ? "200" : "800"));
        var (iterations, repeat) = (options.Text("iterations", "50"), options.Text("repeat", quick ? "3" : "9"));
        var python = options.Text("python", "/usr/bin/python3");
        var script = Path.Combine(Surroundings.Repository, "benchmarks", "peers", "sinkhorn.py");
        var torch = Comparison.TorchOf(python);
        var page = new ResultFile("Sinkhorn, forward and backward");
        page.Add($"One matrix of {size} x {size} normal scores in single precision, {iterations} iterations, every run in a process of its own, {rounds} alternating round(s), medians of {repeat}. " +
                 $"Python: {(torch is null ? "skipped" : $"eager PyTorch {torch.Trim()}")}, log: logsumexp of rows and columns in turn; exp: the paper's code, which clamps and divides by sums, without its early end. " +
                 "Extra memory is how far the resident size rises above what it is with the scores and all code loaded; result and gradient are part of it. Processor time counts all threads.");
        foreach (var (temperature, threads) in (from t in options.Text("temperature", quick ? "1" : "1,0.1").Split(',') from n in options.Text("threads", quick ? "1" : "1,2").Split(',') select (t, n)))
        {
            string[] words = ["--size", size, "--iterations", iterations, "--temperature", temperature, "--repeat", repeat, "--threads", threads];
            var runs = new List<(JsonElement Own, JsonElement Implicit, JsonElement? Log, JsonElement? Exp)>();
            for (var round = 0; round < rounds; round++)
            {
                JsonElement? Other(string form) => torch is null ? null : Comparison.Child(python, [script, "--form", form, .. words]);
                var before = round % 2 == 0 ? (Other("log"), Other("exp")) : default;
                var own = Comparison.Self(["sinkhorn", .. words]);
                var limit = Comparison.Self(["sinkhorn", .. words, "--backward", "implicit"]);
                runs.Add((own, limit, before.Item1 ?? Other("log"), before.Item2 ?? Other("exp")));
            }

            Show(page, $"temperature {temperature}, {threads} thread(s)", runs);
        }

        page.Write(options.Text("out"), "sinkhorn", $"benchmarks/compare sinkhorn {string.Join(' ', options.Words)}".TrimEnd(),
            "reading one matrix of n x n numbers once an iteration, forward and backward; at n = 800 it comes from the last level of cache.");
        return 0;
    }

    private static void Show(ResultFile page, string title, List<(JsonElement Own, JsonElement Implicit, JsonElement? Log, JsonElement? Exp)> runs)
    {
        page.Add("");
        page.Add($"## {title}");
        page.Add("");
        page.Add("| | processor ms | of it forward | wall ms | extra MiB | row sums off by | column sums off by | sum of P · weights | norm of the gradient |");
        page.Add("|---|---|---|---|---|---|---|---|---|");
        Row("C#, unrolled", [.. runs.Select(r => r.Own)]);
        Row("C#, implicit", [.. runs.Select(r => r.Implicit)]);
        if (runs[0].Log is null)
        {
            return;
        }

        Row("Python, log", [.. runs.Select(r => r.Log!.Value)]);
        Row("Python, exp", [.. runs.Select(r => r.Exp!.Value)]);
        page.Add("");
        foreach (var (name, other) in ((string, Func<(JsonElement Own, JsonElement Implicit, JsonElement? Log, JsonElement? Exp), JsonElement>)[])[("log", r => r.Log!.Value), ("exp", r => r.Exp!.Value)])
        {
            double Ratio(Func<JsonElement, double> figure) => Peer.Median(runs.Select(r => figure(other(r)) / figure(r.Own)));
            page.Add($"Python's {name} form takes {Ratio(Cpu):F1} times the processor time of the unrolled C#, {Ratio(Wall):F1} times the wall time, and {Ratio(Extra):F1} times the extra memory (medians over the rounds).");
        }

        void Row(string who, JsonElement[] reports) => page.Add(
            $"| {who} | {Median(reports, Cpu):F1} | {Median(reports, r => Time(r, "forward_cpu")):F1} | {Median(reports, Wall):F1} | {Median(reports, Extra):F1} | {Median(reports, r => Number(r, "row_error")):E1} " +
            $"| {Median(reports, r => Number(r, "column_error")):E1} | {Median(reports, r => Number(r, "value")):F6} | {Median(reports, r => Number(r, "gradient_norm")):F6} |");
    }

    private static double Median(JsonElement[] reports, Func<JsonElement, double> figure) => Peer.Median(reports.Select(figure));

    private static double Cpu(JsonElement report) => Time(report, "cpu");

    private static double Wall(JsonElement report) => Time(report, "whole");

    private static double Extra(JsonElement report) => Number(report, "extra_mib");

    private static double Time(JsonElement report, string key) => report.GetProperty("median_ms").GetProperty(key).GetDouble();

    private static double Number(JsonElement report, string key) => report.GetProperty(key).GetDouble();
}
