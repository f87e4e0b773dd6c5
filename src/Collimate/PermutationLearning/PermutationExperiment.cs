using System.Diagnostics;
using Collimate.Adapters;
using Collimate.Models.Permutation;
using Collimate.Torch;
using Collimate.Torch.Optimization;
using Collimate.Training;

namespace Collimate.PermutationLearning;

/// <summary>Runs an experiment in learning permutations from its settings to its report.</summary>
public static class PermutationExperiment
{
    /// <summary>Runs it.</summary>
    /// <param name="settings">What is learnt, and how.</param>
    /// <param name="observer">Is told of every step; null for nobody.</param>
    /// <param name="workers">Worker threads.</param>
    /// <param name="cancellation">Ends the training between two sets.</param>
    /// <exception cref="OperationCanceledException">The training was ended.</exception>
    public static PermutationReport Run(PermutationSettings settings, IPermutationObserver? observer = null, int workers = 1, CancellationToken cancellation = default)
    {
        settings.Validate();
        var clock = Stopwatch.StartNew();
        using var generator = new Generator(AdapterDropout.Mix(settings.Seed, AdapterDropout.Hash("weights")));
        using var network = new GpsNetwork(settings.Network, generator);
        var task = PermutationTask.Create(settings);
        var film = new MatrixFilm(settings);
        using var program = new PermutationProgram(settings, network, task) { Watch = film.Watch };
        using var optimizer = new AdamW(program.ParameterGroups);
        var relay = new Relay(program, film, observer);
        var done = Trainer.Run(
            program,
            new TrainingOptions { Steps = settings.Steps, Workers = Math.Min(workers, task.Draw(0).Count), ClipNorm = settings.ClipNorm, Schedule = LearningRateSchedule.Cosine(settings.Steps) },
            optimizer, relay, new TrainingHooks { SaveWithin = (_, _) => { } }, cancellation: cancellation);
        if (done < settings.Steps)
        {
            throw new OperationCanceledException(cancellation);
        }

        var training = task.Draw(settings.Steps - 1);
        return new PermutationReport(
            settings, network.ParameterCount, clock.Elapsed.TotalSeconds,
            Clean: Judge(program, settings, training, seed: null), Noisy: Judge(program, settings, training, settings.Seed),
            HeldOut: task.HeldOut.Count == 0 ? null : Judge(program, settings, task.HeldOut, seed: null), film.Frames, relay.Steps);
    }

    private static PermutationJudgement Judge(PermutationProgram program, PermutationSettings settings, IReadOnlyList<TokenSets> pieces, ulong? seed)
    {
        var (soft, hard) = (new List<PermutationFigures>(), new List<PermutationFigures>());
        foreach (var piece in pieces)
        {
            using var scope = new TensorScope();
            var permutation = program.Judge(piece, settings.Temperature.End, seed is { } given ? AdapterDropout.Mix(given, (ulong)piece.Index) : null);
            var loss = program.LossOf(permutation, piece);
            soft.Add(PermutationFigures.Of(permutation, Hardening.Choose(permutation, HardeningMode.Argmax), piece.Targets, loss));
            hard.Add(PermutationFigures.Of(permutation, Hardening.Choose(permutation, settings.Hardening), piece.Targets, loss));
        }

        return new PermutationJudgement(PermutationFigures.Over(soft), PermutationFigures.Over(hard));
    }

    private sealed class Relay(PermutationProgram program, MatrixFilm film, IPermutationObserver? observer) : ITrainingObserver
    {
        public List<PermutationStep> Steps { get; } = [];

        public void OnStep(StepReport report)
        {
            var temperature = program.TemperatureAt(new StepClock(report.Step - 1, report.TotalSteps));
            var step = new PermutationStep(report.Step, report.TotalSteps, temperature, report.GradientNorm, report.LearningRate, report.Duration.TotalSeconds, program.LastStep with { Loss = report.Loss });
            Steps.Add(step);
            film.Advance(step);
            observer?.OnStep(step);
        }

        public void OnSkippedStep(long step, double gradientNorm) => observer?.OnSkippedStep(step, gradientNorm);
    }
}
