using System.Diagnostics;
using System.Globalization;
using Collimate.Recipes;
using Collimate.Training;

namespace Collimate.Benchmarks;

/// <summary>What the feature cache saves: steps of the gym's first stage on pictures, filling a cache, and on a full one, in turns.</summary>
internal static class CachedStage
{
    /// <summary>Runs rounds of all three.</summary>
    public static void Run(Options options, ResultFile page)
    {
        var (rounds, steps) = (options.Number("rounds", 3), options.Number("steps", 10));
        var root = Directory.CreateTempSubdirectory("collimate-features-").FullName;
        try
        {
            var times = new Dictionary<string, List<(double Wall, double Processor)>>();
            for (var round = 0; round < rounds; round++)
            {
                var kept = Path.Combine(root, $"kept-{round}");
                foreach (var (name, cache) in ((string, string?)[])[("on pictures", null), ("filling the cache", kept), ("from the cache", kept)])
                {
                    var measured = Train(Path.Combine(root, $"run-{round}-{name[..2]}"), steps, cache);
                    (times.TryGetValue(name, out var list) ? list : times[name] = []).Add(measured);
                }
            }

            page.Add($"Stage 1 of recipes/scenes/llava.yaml (connector learns, 32 pictures of 96 x 96 a step in 4 pieces, bf16), {steps} steps after the first, 1 worker; medians of {rounds} rounds, the three in turns.");
            page.Add("");
            page.Add("| | seconds a step | processor seconds a step | times as fast (processor) |");
            page.Add("|---|---|---|---|");
            var plain = Median(times["on pictures"].Select(time => time.Processor));
            foreach (var (name, list) in times)
            {
                var processor = Median(list.Select(time => time.Processor));
                page.Add(string.Create(CultureInfo.InvariantCulture, $"| {name} | {Median(list.Select(time => time.Wall)):F3} | {processor:F3} | {plain / processor:F2} |"));
            }
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static (double Wall, double Processor) Train(string folder, int steps, string? cache)
    {
        string[] changes = [$"stages.align.steps={steps + 1}", .. cache is null ? Array.Empty<string>() : [$"stages.align.feature_cache={cache}"]];
        var recipe = Path.Combine(Surroundings.Repository, "recipes", "scenes", "llava.yaml");
        using var run = new RecipeRun(RecipeDocument.Load(recipe, changes), Path.GetDirectoryName(recipe)!, new RunOptions { Folder = folder, Workers = 1 });
        var observer = new Watch(steps + 1);
        using var stop = new CancellationTokenSource();
        observer.Done = stop.Cancel; // the second stage is not asked for
        run.Train(observer, cancellation: stop.Token);
        return (observer.Wall / steps, observer.Processor / steps);
    }

    private static double Median(IEnumerable<double> values) => values.Order().ToArray() is var sorted ? sorted[sorted.Length / 2] : 0;

    // From the end of the first step, which compiles products and reads the glyphs, to the end of the last.
    private sealed class Watch(int steps) : ITrainingObserver
    {
        private readonly Stopwatch clock = new();
        private double before;

        public Action? Done { get; set; }

        public double Wall { get; private set; }

        public double Processor { get; private set; }

        public void OnStep(StepReport report)
        {
            var now = Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds;
            if (report.Step == 1)
            {
                before = now;
                clock.Restart();
            }
            else if (report.Step == steps)
            {
                (Wall, Processor) = (clock.Elapsed.TotalSeconds, now - before);
                Done!();
            }
        }

        public void OnSkippedStep(long step, double gradientNorm) => throw new InvalidOperationException($"step {step}: the gradients' norm is {gradientNorm}");
    }
}
