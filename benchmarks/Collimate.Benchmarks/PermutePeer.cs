using Collimate.Models.Permutation;
using Collimate.PermutationLearning;
using Collimate.Torch;
using Collimate.Torch.Optimization;
using Collimate.Training;

namespace Collimate.Benchmarks;

/// <summary>Training steps of the permutation experiment: what <c>peers/permute.py</c> does as the published program writes it.</summary>
internal static class PermutePeer
{
    public static object Measure(Options options)
    {
        var (steps, warmup) = (options.Number("steps", 20), options.Number("warmup", 3));
        var paper = PermutationSettings.Paper;
        // The published network, noise, dropout, iterations, schedule and optimizer; our Sinkhorn, and our loss on the soft matrix.
        var settings = paper with
        {
            Tokens = options.Number("tokens", 200), Steps = steps + warmup, Loss = PermutationLossKind.Soft, Sinkhorn = new() { Iterations = options.Number("iterations", 50) },
            Precision = options.Precision,
            Network = paper.Network with { Width = options.Number("width", 256), Hidden = options.Number("hidden", 1024), Layers = options.Number("layers", 4) },
        };
        using var generator = new Generator(1);
        using var network = new GpsNetwork(settings.Network, generator);
        using var program = new PermutationProgram(settings, network, PermutationTask.Create(settings));
        using var optimizer = new AdamW(program.ParameterGroups);
        var times = new Times(warmup);
        Trainer.Run(
            program, new TrainingOptions { Steps = settings.Steps, Workers = options.Number("workers", 1), ClipNorm = settings.ClipNorm, Schedule = LearningRateSchedule.Cosine(settings.Steps) }, optimizer, times);
        return new
        {
            peer = "Collimate", versions = Surroundings.Versions, steps, parameters = network.ParameterCount, loss = Math.Round(program.LastStep.Loss, 5), accuracy = program.LastStep.Accuracy,
            median_ms = new { step = Math.Round(Peer.Median(times.Steps), 2), cpu = Math.Round(Peer.Median(times.Processor), 2) }, fastest_step_ms = Math.Round(times.Steps.Min(), 2),
        };
    }

    private sealed class Times(int warmup) : ITrainingObserver
    {
        private TimeSpan processor = Environment.CpuUsage.TotalTime;

        public List<double> Steps { get; } = [];

        public List<double> Processor { get; } = [];

        public void OnStep(StepReport report)
        {
            var now = Environment.CpuUsage.TotalTime;
            if (report.Step > warmup)
            {
                Steps.Add(report.Duration.TotalMilliseconds);
                Processor.Add((now - processor).TotalMilliseconds);
            }

            processor = now;
        }

        public void OnSkippedStep(long step, double gradientNorm)
        {
        }
    }
}
