using System.Diagnostics;
using Collimate.Recipes.Schema;
using Collimate.Torch;
using Collimate.Torch.Optimization;
using Collimate.Training;
using Collimate.Training.Programs;

namespace Collimate.Planning;

/// <summary>How long a step takes, by running some of its pieces.</summary>
/// <param name="Seconds">Seconds a step: the pieces and the optimizer's move, or the data where they take longer.</param>
/// <param name="Spread">How far, as a part of it, the true time may lie to either side: what the runs differed by, and no less than a tenth.</param>
/// <param name="PieceSeconds">Of it: the passes over all pieces, shared by the workers.</param>
/// <param name="OptimizerSeconds">Of it: the optimizer's move.</param>
/// <param name="DataSeconds">Reading and rendering a batch, which goes on beside the passes.</param>
/// <param name="Positions">Positions of a step.</param>
/// <param name="Basis">What was measured, in words.</param>
public sealed record StepTime(double Seconds, double Spread, double PieceSeconds, double OptimizerSeconds, double DataSeconds, long Positions, string Basis)
{
    private const double LeastSpread = 0.1;
    private const double SecondsToSpend = 12;
    private const int MostRuns = 3;
    private const long ElementsMoved = 1 << 21;

    /// <summary>Runs pieces of the stage's first batch as training would, on all workers; parameters are not moved.</summary>
    /// <param name="run">The model and the recipe.</param>
    /// <param name="stage">The stage, its micro-batch chosen; its parameters are unfrozen already.</param>
    /// <param name="groups">The parameters that learn.</param>
    /// <param name="processes">How many processes share a batch.</param>
    /// <param name="secondsPerPosition">About how long a position takes one worker.</param>
    internal static StepTime Measure(StageSurroundings run, StageRecipe stage, IReadOnlyList<ParameterGroup> groups, int processes, double secondsPerPosition)
    {
        var alone = run with { Ranks = null };
        run.Built.Model.RecomputesLayers = stage.Recompute;
        using var program = StageRunner.Program(alone, stage with { BadSamples = 0, FeatureCache = null }, groups, StageRunner.Source(alone, stage));
        var clock = Stopwatch.StartNew();
        var pieces = program.Prepare(0);
        var dataSeconds = clock.Elapsed.TotalSeconds;
        var workers = Math.Min(run.Workers, pieces.Count);
        using var pool = new WorkerPool<ConversationPiece>(program, workers);
        var positions = pieces.Sum(LengthOf(run));
        var expected = positions * secondsPerPosition / workers;
        var some = expected <= SecondsToSpend ? pieces : TakeEvenly(pieces, Math.Max(workers, (int)(pieces.Count * SecondsToSpend / expected) / workers * workers));
        var share = some.Sum(LengthOf(run)) / (double)positions;
        var times = new List<double>();
        if (expected * share < SecondsToSpend / 3)
        {
            Once(); // the first run of a shape compiles its products
        }

        var spent = Stopwatch.StartNew();
        do
        {
            times.Add(Once());
        }
        while (times.Count < MostRuns && spent.Elapsed.TotalSeconds * (times.Count + 1) / times.Count < SecondsToSpend);

        var passes = times.Order().ElementAt(times.Count / 2) / share / processes;
        var move = OptimizerTime(stage, groups);
        var seconds = Math.Max(passes + move, dataSeconds);
        var spread = Math.Max(LeastSpread, (times.Max() - times.Min()) / 2 / times.Average());
        return new StepTime(seconds, spread, passes, move, dataSeconds, positions,
            $"{some.Count} of {pieces.Count} pieces of the first batch, {(times.Count == 1 ? "once" : $"{times.Count} times")}, on {workers} worker{(workers == 1 ? "" : "s")}");

        double Once()
        {
            var start = Stopwatch.GetTimestamp();
            using (var scope = new TensorScope())
            {
                pool.Run(some, new StepClock(0, 1));
            }

            var took = Stopwatch.GetElapsedTime(start).TotalSeconds;
            PieceMeasurement.Forget(groups.SelectMany(group => group.Parameters));
            return took;
        }
    }

    private static Func<ConversationPiece, long> LengthOf(StageSurroundings run)
    {
        var perImage = run.Built.Model.TokensPerImage;
        return piece => piece.Layouts.Sum(layout => (long)layout.TokenIds.Length + (layout.Kinds.Count(kind => kind == Data.Conversations.TokenKind.Image) * (perImage - 1)));
    }

    // Pieces are sorted by length, so that a few of them stand for all where they are taken from everywhere.
    private static IReadOnlyList<ConversationPiece> TakeEvenly(IReadOnlyList<ConversationPiece> pieces, int count) =>
        [.. Enumerable.Range(0, count).Select(k => pieces[(int)(((2L * k) + 1) * pieces.Count / (2L * count))])];

    // The optimizer's own move of a smaller tensor, with gradients of zero.
    private static double OptimizerTime(StageRecipe stage, IReadOnlyList<ParameterGroup> groups)
    {
        var all = groups.Sum(group => group.Parameters.Sum(p => p.ElementCount));
        var count = Math.Min(all, ElementsMoved);
        using var scope = new TensorScope();
        using var parameter = Tensor.Zeros([1, count]).Keep();
        parameter.RequiresGrad = true;
        using var optimizer = StageOptimizer.Create(stage, [new ParameterGroup("measured", [parameter])]);
        parameter.Grad = Tensor.Zeros([1, count]);
        optimizer.Step();
        var start = Stopwatch.GetTimestamp();
        optimizer.Step(GradientClipping.Measure(optimizer.Parameters, 1).Factor);
        return Stopwatch.GetElapsedTime(start).TotalSeconds * all / count;
    }
}
