using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Collimate.Benchmarks;

/// <summary>Scoring captions, from files to figures, each side in fresh processes and in turns: <c>collimate score</c> beside the plain algorithms in Python and the start of Java that COCO's tool needs for its tokenizer.</summary>
internal static class CaptionScoring
{
    public static void Run(Options options, ResultFile page)
    {
        var (rounds, images) = (options.Number("rounds", 3), options.Number("images", 5000));
        var python = options.Text("python", "/usr/bin/python3");
        var source = options.Text("captions", Path.Combine(Surroundings.Repository, "..", "shared", "golden", "caption-metrics", "coco80"));
        using var files = CaptionFiles.Make(source, images, references: 5);
        var program = Path.Combine(Surroundings.Repository, "artifacts", "bin", "Collimate.Cli", "release", "Collimate.Cli.dll");
        string[] own = [program, "score", files.Results, files.Annotations, "--metrics", "bleu,rouge_l,cider_d", "--json"];
        string[] other = [Path.Combine(Surroundings.Repository, "benchmarks", "peers", "captions.py"), files.Results, files.Annotations];
        var java = Compiled(files.Folder);
        page.Add($"{images:N0} images with five references each, BLEU-1 to BLEU-4, ROUGE-L and CIDEr-D, from JSON files to figures; medians of {rounds} rounds, processes in turns. Seconds of the clock, and of processor time.");
        page.Add("COCO's tool itself (pycocoevalcap) starts Java twice, for the model's captions and for the people's. Its tokenizer's jar is not at hand: in its place stands a program in Java that only reads, puts into lower case and writes, which is less.");
        page.Add("");
        var sides = new (string Name, Func<Cost> Measure)[]
        {
            ("`collimate score`, all cores", () => Timed("dotnet", own)),
            ("`collimate score --threads 1`", () => Timed("dotnet", [.. own, "--threads", "1"])),
            ("the same algorithms in plain Python", () => Timed(python, other)),
            ("starting Java twice", () => java is null ? Cost.None : Timed("java", ["-cp", java, "PlainTokenizer", files.Lines(true), Path.Combine(files.Folder, "out1")]) + Timed("java", ["-cp", java, "PlainTokenizer", files.Lines(false), Path.Combine(files.Folder, "out2")])),
        };
        var costs = sides.Select(_ => new List<Cost>()).ToArray();
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (at, side) in sides.Index())
            {
                costs[at].Add(side.Measure());
            }
        }

        var medians = costs.Select(side => new Cost(Peer.Median(side.Select(cost => cost.Clock)), Peer.Median(side.Select(cost => cost.Processor)), side[0].Output)).ToArray();
        page.Add("| from process start to end | clock (s) | processor (s) | times ours: clock | processor |");
        page.Add("|---|---|---|---|---|");
        void Row(string name, Cost cost) => page.Add($"| {name} | {Text(cost.Clock)} | {Text(cost.Processor)} | {Text(cost.Clock / medians[0].Clock, "0.0")} | {Text(cost.Processor / medians[0].Processor, "0.0")} |");
        foreach (var (at, (name, _)) in sides.Index())
        {
            Row(name, medians[at]);
        }

        Row("Python and Java together", medians[2] + medians[3]);
        Compare(page, medians[0].Output, medians[2].Output);
    }

    // The figures of both sides, and where Python's time went.
    private static void Compare(ResultFile page, string own, string other)
    {
        using var mine = JsonDocument.Parse(own);
        using var theirs = JsonDocument.Parse(other);
        page.Add("");
        page.Add("| figure | C# | Python, with its plainer tokenizer |");
        page.Add("|---|---|---|");
        foreach (var score in mine.RootElement.GetProperty("scores").EnumerateObject())
        {
            page.Add($"| {score.Name} | {Text(score.Value.GetDouble(), "0.000000")} | {Text(theirs.RootElement.GetProperty("scores").GetProperty(score.Name).GetDouble(), "0.000000")} |");
        }

        page.Add("");
        page.Add("Python's processor seconds: " + string.Join(", ", theirs.RootElement.GetProperty("processor_s").EnumerateObject().Select(part => $"{part.Name} {Text(part.Value.GetDouble())}")) + ".");
    }

    // bash tells what a process took, its children included.
    private static Cost Timed(string program, string[] words)
    {
        var start = new ProcessStartInfo("/bin/bash", ["-c", "TIMEFORMAT='%3R %3U %3S'; time \"$@\"", "timed", program, .. words]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', words)} ended with exit code {process.ExitCode}: {errors.Result}");
        }

        var times = errors.Result.TrimEnd().Split('\n')[^1].Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        return new Cost(times[0], times[1] + times[2], output);
    }

    private static string? Compiled(string folder)
    {
        if (!File.Exists("/usr/bin/javac"))
        {
            Console.WriteLine("there is no Java compiler (Debian: apt install default-jdk-headless): its start is left out");
            return null;
        }

        Timed("javac", ["-d", folder, Path.Combine(Surroundings.Repository, "benchmarks", "peers", "PlainTokenizer.java")]);
        return folder;
    }

    private static string Text(double value, string format = "0.00") => double.IsNaN(value) ? "-" : value.ToString(format, CultureInfo.InvariantCulture);

    private sealed record Cost(double Clock, double Processor, string Output)
    {
        public static Cost None { get; } = new(double.NaN, double.NaN, "");

        public static Cost operator +(Cost left, Cost right) => new(left.Clock + right.Clock, left.Processor + right.Processor, left.Output);
    }
}
