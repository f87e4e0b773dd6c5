using System.Diagnostics;
using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Recipes.Schema;
using Collimate.Torch;
using Collimate.Torch.Optimization;
using Collimate.Training;

namespace Collimate.Planning;

/// <summary>
/// Runs the stage's own forward and backward pass on a few copies of its longest row, and counts what tensors take meanwhile. Parameters are
/// not moved, and gradients are forgotten afterwards.
/// </summary>
/// <param name="run">The model and the recipe.</param>
/// <param name="stage">The stage; its parameters are unfrozen already.</param>
/// <param name="groups">The parameters that learn.</param>
/// <param name="longest">The sample with the longest row.</param>
internal sealed class PieceMeasurement(StageSurroundings run, StageRecipe stage, IReadOnlyList<ParameterGroup> groups, Sample longest)
{
    /// <summary>Measures two sizes.</summary>
    /// <param name="rows">Rows of the smaller piece.</param>
    /// <param name="largest">The most rows of the larger one.</param>
    /// <param name="recomputes">Whether layers run again for their gradients.</param>
    public PieceLine Line(int rows, int largest, bool recomputes)
    {
        var small = Measure(Math.Min(rows, largest), recomputes);
        return new PieceLine(small, rows < largest ? Measure(Math.Min(2 * rows, largest), recomputes) : small);
    }

    /// <summary>Measures one size.</summary>
    /// <param name="rows">Rows of the piece.</param>
    /// <param name="recomputes">Whether layers run again for their gradients.</param>
    public PieceFigures Measure(int rows, bool recomputes)
    {
        var alone = run with { Ranks = null };
        var shape = stage with { BatchSize = rows, Pieces = 1, MicroBatch = null, Epochs = null, BadSamples = 0, FeatureCache = null, Recompute = recomputes };
        var model = run.Built.Model;
        var (before, wasTraining) = (model.RecomputesLayers, model.IsTraining);
        model.RecomputesLayers = recomputes;
        try
        {
            using var program = StageRunner.Program(alone, shape, groups, new OneSample(longest));
            var piece = program.Prepare(0)[0];
            using var worker = program.CreateWorker(0);
            using var count = MemoryCount.Begin();
            try
            {
                MachineMemory.SetPeakBack();
                var result = Pass();
                var firstPeak = count.Most;
                var held = count.SetMarkBack();
                var clock = Stopwatch.StartNew();
                Pass();
                return new PieceFigures(rows, result.Tokens, piece.Layouts.Sum(layout => layout.AnswerCount), firstPeak, count.Most - held, MachineMemory.PeakResident, clock.Elapsed.TotalSeconds);
            }
            finally
            {
                Forget(worker.Parameters);
            }

            PieceResult Pass()
            {
                using var scope = new TensorScope();
                return worker.Run(piece, new StepClock(0, 1));
            }
        }
        finally
        {
            model.RecomputesLayers = before;
            model.SetTraining(wasTraining);
        }
    }

    /// <summary>Leaves parameters without gradients.</summary>
    internal static void Forget(IEnumerable<Tensor> parameters)
    {
        foreach (var parameter in parameters)
        {
            parameter.Grad = null;
        }
    }

    private sealed class OneSample(Sample sample) : ISampleSource
    {
        public IReadOnlyList<Sample> Draw(long step, int count) => [.. Enumerable.Repeat(sample, count)];
    }
}
