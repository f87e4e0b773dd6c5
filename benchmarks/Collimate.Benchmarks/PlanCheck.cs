using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Collimate.Planning;
using Collimate.Recipes;
using Collimate.Training;

namespace Collimate.Benchmarks;

/// <summary>Whether plans are right: what was foretold of memory and time beside what training took, each in a process of its own.</summary>
internal static class PlanCheck
{
    private const string Small = "{ type: checkpoint, path: models/decoder }";
    private const string Medium = "{ type: fresh, hidden_size: 768, layers: 12, heads: 12, key_value_heads: 2, intermediate_size: 2048, context_length: 512 }";

    private static readonly Case[] Cases =
    [
        new("gym, connector learns", Small, "{ connector: 1e-3 }", "captions", "batch_size: 32, pieces: 4", 2),
        new("gym, decoder learns", Small, "{ connector: 1e-3, language: 5e-4 }", "questions", "batch_size: 24, pieces: 4", 2),
        new("gym, everything learns", Small, "{ vision: 1e-4, connector: 1e-3, language: 5e-4 }", "questions", "batch_size: 24, pieces: 4", 1),
        new("medium, connector learns", Medium, "{ connector: 1e-3 }", "captions", "batch_size: 16, pieces: 4", 1),
        new("medium, decoder learns", Medium, "{ connector: 1e-3, language: 1e-5 }", "questions", "batch_size: 16, pieces: 4", 1),
        new("medium, the same with 2 workers", Medium, "{ connector: 1e-3, language: 1e-5 }", "questions", "batch_size: 16, pieces: 4", 2),
        new("medium, recomputed, one piece", Medium, "{ connector: 1e-3, language: 1e-5 }", "questions", "batch_size: 16, pieces: 1, recompute: true", 1),
        new("medium, 8-bit, single precision", Medium, "{ connector: 1e-3, language: 1e-5 }", "questions", "batch_size: 8, pieces: 2, precision: fp32, optimizer: adamw_8bit", 1),
    ];

    /// <summary>Runs all cases.</summary>
    public static void Run(Options options, ResultFile page)
    {
        var steps = options.Number("steps", 4);
        page.Add($"Largest resident size of the process, and of it what is above the process without the model (as the plan has it: runtime, engine, data); {steps} steps, each case planned and trained in a process of its own. 'Medium' is a decoder of 74 million fresh parameters behind the gym's tower.");
        page.Add("");
        page.Add("| case | workers | foretold (MiB) | taken (MiB) | ratio | above the process, foretold | taken | ratio | seconds a step foretold | taken (median) | ratio |");
        page.Add("|---|---|---|---|---|---|---|---|---|---|---|");
        for (var k = 0; k < Cases.Length; k++)
        {
            if (options.Text("case") is { } only && only != k.ToString(CultureInfo.InvariantCulture))
            {
                continue;
            }

            var (foretold, taken) = (Ask(k, steps, "foretell"), Ask(k, steps, "train"));
            page.Add(string.Create(CultureInfo.InvariantCulture,
                $"| {Cases[k].Name} | {Cases[k].Workers} | {foretold.Bytes / 1048576.0:F0} | {taken.Bytes / 1048576.0:F0} | {(double)foretold.Bytes / taken.Bytes:F2} | {(foretold.Bytes - foretold.Program) / 1048576.0:F0} | {(taken.Bytes - foretold.Program) / 1048576.0:F0} | {(double)(foretold.Bytes - foretold.Program) / (taken.Bytes - foretold.Program):F2} | {foretold.Seconds:F2} | {taken.Seconds:F2} | {foretold.Seconds / taken.Seconds:F2} |"));
        }
    }

    /// <summary>One side of a case, in this process.</summary>
    public static int One(Options options)
    {
        var chosen = Cases[int.Parse(options.Text("case", "0"), CultureInfo.InvariantCulture)];
        var out_ = Directory.CreateTempSubdirectory("collimate-plan-").FullName;
        try
        {
            var document = RecipeDocument.Parse(chosen.Recipe, Path.Combine(Surroundings.Repository, "plan.yaml"));
            using var run = new RecipeRun(document, Surroundings.Repository, new RunOptions { Folder = out_, Workers = chosen.Workers, MaxSteps = options.Number("steps", 4) });
            Outcome outcome;
            if (options.Text("side") == "foretell")
            {
                var plan = run.Plan();
                outcome = new Outcome(plan.Stages[0].Memory.Total, plan.Stages[0].Memory.Program, plan.Stages[0].Time!.Seconds);
            }
            else
            {
                var seen = new Steps();
                run.Train(seen);
                outcome = new Outcome(seen.Peak, 0, seen.Seconds.Skip(1).Order().ElementAt((seen.Seconds.Count - 1) / 2));
            }

            Console.WriteLine(JsonSerializer.Serialize(outcome));
            return 0;
        }
        finally
        {
            Directory.Delete(out_, recursive: true);
        }
    }

    private static Outcome Ask(int number, int steps, string side)
    {
        var program = Environment.ProcessPath!;
        var answer = Surroundings.Output(program, typeof(PlanCheck).Assembly.Location, "plan-side", "--case", $"{number}", "--steps", $"{steps}", "--side", side);
        return JsonSerializer.Deserialize<Outcome>(answer.Split('\n').Last(line => line.StartsWith('{')))!;
    }

    private sealed record Outcome(long Bytes, long Program, double Seconds);

    private sealed record Case(string Name, string Language, string Rates, string Content, string Rest, int Workers)
    {
        public string Recipe => $$"""
            name: {{Name}}
            model:
              vision: { type: encoder, path: models/encoder, layer: -1 }
              language: {{Language}}
            stages:
              - { name: only, learning_rates: {{Rates}}, data: { type: scenes, content: {{Content}} }, steps: 100, {{Rest}} }
            """;
    }

    private sealed class Steps : ITrainingObserver
    {
        public List<double> Seconds { get; } = [];

        public long Peak { get; private set; }

        public void OnStep(StepReport report)
        {
            Seconds.Add(report.Duration.TotalSeconds);
            Peak = MachineMemory.PeakResident; // before the model is written at the end
           
        }

        public void OnSkippedStep(long step, double gradientNorm) => throw new InvalidOperationException($"step {step}: the gradients' norm is {gradientNorm}");
    }
}
