using System.Diagnostics;
using Collimate.Torch;
using Collimate.Torch.Optimization;
using Collimate.Training.Watching;

namespace Collimate.Training;

/// <summary>Runs a <see cref="TrainingProgram{TPiece}"/> step by step: data, gradients, clipping, optimizer, report.</summary>
public static class Trainer
{
    private const int StepsAhead = 4;
    private const int MostSkippedInARow = 10;

    /// <summary>Trains from <paramref name="firstStep"/> to the end, or until cancelled.</summary>
    /// <param name="program">What is trained.</param>
    /// <param name="options">How.</param>
    /// <param name="optimizer">The optimizer; its state is changed in place.</param>
    /// <param name="observer">Is told of every step.</param>
    /// <param name="hooks">Checkpoints, and an end before the last step.</param>
    /// <param name="firstStep">Steps that an earlier run has already done.</param>
    /// <param name="begun">What an interrupted run had done of the step after those; taken over.</param>
    /// <param name="cancellation">Ends the run between two pieces where <see cref="TrainingHooks.SaveWithin"/> is given, else after the step in hand.</param>
    /// <returns>How many steps are done in all: fewer than asked for where the run was cancelled or ended early.</returns>
    /// <exception cref="Data.DataException">Ten steps in a row had losses or gradients that are not finite.</exception>
    public static long Run<TPiece>(
        TrainingProgram<TPiece> program, TrainingOptions options, Optimizer optimizer, ITrainingObserver? observer = null,
        TrainingHooks? hooks = null, long firstStep = 0, PartialStep? begun = null, CancellationToken cancellation = default)
    {
        hooks ??= new TrainingHooks();
        using var pool = new WorkerPool<TPiece>(program, options.Workers);
        using var loader = new Prefetcher<TPiece>(program, firstStep, options.Steps, StepsAhead);
        var baseRates = optimizer.Groups.Select(g => g.LearningRate).ToArray();
        var run = Stopwatch.StartNew();
        // Several processes stop at the same step or wait for each other for ever, so they agree on it at its end.
        var within = hooks.SaveWithin is not null && options.Ranks is null ? cancellation : default;
        Action? beforeLast = options.Ranks is { } ranks ? () => ranks.ExpectGradients(optimizer.Parameters) : null;
        var (skipped, step, stops) = (0, firstStep, false);
        try
        {
            for (; step < options.Steps && !stops && !(options.Ranks is null && cancellation.IsCancellationRequested); step++)
            {
                using var scope = new TensorScope();
                var start = run.Elapsed;
                var pieces = loader.Next();
                var waited = run.Elapsed - start;
                if (observer is not null)
                {
                    program.Announce(step, observer);
                }

                var (whole, interrupted) = pool.Run(pieces, new StepClock(step, options.Steps), begun, beforeLast, within);
                begun = null;
                if (interrupted is not null)
                {
                    using (interrupted)
                    {
                        hooks.SaveWithin!(step, interrupted);
                    }

                    return step;
                }

                (whole, stops) = Share(whole, optimizer, options.Ranks, cancellation);
                if (whole.Measures is { } measures)
                {
                    program.ReportGradients(measures);
                }

                SetRates(optimizer, baseRates, options, step);
                var (norm, factor) = GradientClipping.Measure(optimizer.Parameters, options.ClipNorm);
                if (double.IsFinite(norm) && double.IsFinite(whole.Loss))
                {
                    optimizer.Step(factor);
                    skipped = 0;
                }
                else
                {
                    observer?.OnSkippedStep(step + 1, norm);
                    StopWhenHopeless(++skipped, step + 1, whole.Loss, norm);
                }

                optimizer.ZeroGradients();
                observer?.OnStep(new StepReport(
                    program.Name, step + 1, options.Steps, whole.Loss, norm, optimizer.Groups[0].LearningRate,
                    whole.Samples, whole.Tokens, run.Elapsed, run.Elapsed - start, waited)
                {
                    Measures = whole.Measures?.Means ?? StepReport.NoMeasures,
                    SampleName = program.SampleName, ModelFlops = whole.Flops, Compute = options.Compute, LiveTensors = LiveTensors.Count, ResidentBytes = ResidentMemory.Bytes(),
                });
                stops |= hooks.GoesOn?.Invoke(step + 1) == false;
                if (options.SaveEvery > 0 && (step + 1) % options.SaveEvery == 0 && step + 1 < options.Steps && !stops)
                {
                    hooks.Save?.Invoke(step + 1);
                }
            }
        }
        finally
        {
            begun?.Dispose();
            foreach (var (group, rate) in optimizer.Groups.Zip(baseRates))
            {
                group.LearningRate = rate;
            }
        }

        return step;
    }

    private static (PieceResult Whole, bool Stops) Share(PieceResult mine, Optimizer optimizer, IRankGroup? ranks, CancellationToken cancellation)
    {
        if (ranks is null)
        {
            return (mine, false);
        }

        ranks.SumGradients(optimizer.Parameters);
        var measures = mine.Measures?.ToArray() ?? [];
        double[] sums =
        [
            mine.Loss, mine.Samples, mine.Tokens, mine.Flops, cancellation.IsCancellationRequested ? 1 : 0, measures.Length > 0 ? 1 : 0, measures.Length,
        ];
        ranks.Sum(sums);
        if (sums[5] > 0)
        {
            // A rank without a piece in this step has no measures, and adds nothing to those of the others.
            double[] shared = measures.Length > 0 ? measures : new double[(int)(sums[6] / sums[5])];
            ranks.Sum(shared);
            mine.Measures?.Take(shared);
        }

        return (new PieceResult(sums[0], (int)sums[1], (int)sums[2]) { Flops = sums[3], Measures = mine.Measures }, sums[4] > 0);
    }

    private static void SetRates(Optimizer optimizer, double[] baseRates, TrainingOptions options, long step)
    {
        var factor = options.Schedule.FactorAt(step);
        for (var k = 0; k < baseRates.Length; k++)
        {
            // Warming up starts from nothing; only the way down has a floor.
            var rate = baseRates[k] * factor;
            optimizer.Groups[k].LearningRate = step < options.Schedule.WarmupSteps ? rate : Math.Max(rate, Math.Min(options.LowestRate, baseRates[k]));
        }
    }

    private static void StopWhenHopeless(int skippedInARow, long step, double loss, double norm)
    {
        if (skippedInARow >= MostSkippedInARow)
        {
            throw new Data.DataException(
                $"step {step}",
                $"the loss ({loss}) or the gradient norm ({norm}) was not finite for {MostSkippedInARow} steps in a row; " +
                "the parameters are as they were before them. Lower the learning rate, or train with precision: fp32.");
        }
    }
}
