using System.Diagnostics;
using Collimate.Torch;
using Collimate.Torch.Optimization;

namespace Collimate.Training;

/// <summary>Runs a <see cref="TrainingProgram{TPiece}"/> step by step: data, gradients, clipping, optimizer, report.</summary>
public static class Trainer
{
    private const int StepsAhead = 4;
    private const int MostSkippedInARow = 10;

    /// <summary>Trains from <paramref name="firstStep"/> to the end, or until cancelled at a step's boundary.</summary>
    /// <param name="program">What is trained.</param>
    /// <param name="options">How.</param>
    /// <param name="optimizer">The optimizer; its state is changed in place.</param>
    /// <param name="observer">Is told of every step.</param>
    /// <param name="save">Writes a checkpoint of the given number of finished steps; called every <see cref="TrainingOptions.SaveEvery"/> steps.</param>
    /// <param name="firstStep">Steps that an earlier run has already done.</param>
    /// <param name="cancellation">Ends the run after the step in hand.</param>
    /// <returns>How many steps are done in all: fewer than asked for exactly when the run was cancelled.</returns>
    /// <exception cref="Data.DataException">Ten steps in a row had losses or gradients that are not finite.</exception>
    public static long Run<TPiece>(
        TrainingProgram<TPiece> program, TrainingOptions options, AdamW optimizer, ITrainingObserver? observer = null,
        Action<long>? save = null, long firstStep = 0, CancellationToken cancellation = default)
    {
        using var pool = new WorkerPool<TPiece>(program, options.Workers);
        using var loader = new Prefetcher<TPiece>(program, firstStep, options.Steps, StepsAhead);
        var parameters = optimizer.Groups.SelectMany(g => g.Parameters).ToArray();
        var baseRates = optimizer.Groups.Select(g => g.LearningRate).ToArray();
        var run = Stopwatch.StartNew();
        var skipped = 0;
        var step = firstStep;
        try
        {
            for (; step < options.Steps && !cancellation.IsCancellationRequested; step++)
            {
                using var scope = new TensorScope();
                var begun = run.Elapsed;
                var pieces = loader.Next();
                var waited = run.Elapsed - begun;
                var results = pool.Run(pieces, new StepClock(step, options.Steps));
                SetRates(optimizer, baseRates, options.Schedule.FactorAt(step));
                var (norm, factor) = GradientClipping.Measure(parameters, options.ClipNorm);
                var loss = results.Sum(r => r.Loss);
                if (double.IsFinite(norm) && double.IsFinite(loss))
                {
                    optimizer.Step(factor);
                    skipped = 0;
                }
                else
                {
                    observer?.OnSkippedStep(step + 1, norm);
                    StopWhenHopeless(++skipped, step + 1, loss, norm);
                }

                optimizer.ZeroGradients();
                observer?.OnStep(new StepReport(
                    program.Name, step + 1, options.Steps, loss, norm, optimizer.Groups[0].LearningRate,
                    results.Sum(r => r.Samples), results.Sum(r => r.Tokens), run.Elapsed, run.Elapsed - begun, waited));
                if (options.SaveEvery > 0 && (step + 1) % options.SaveEvery == 0 && step + 1 < options.Steps)
                {
                    save?.Invoke(step + 1);
                }
            }
        }
        finally
        {
            SetRates(optimizer, baseRates, 1);
        }

        return step;
    }

    private static void SetRates(AdamW optimizer, double[] baseRates, double factor)
    {
        for (var k = 0; k < baseRates.Length; k++)
        {
            optimizer.Groups[k].LearningRate = baseRates[k] * factor;
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
