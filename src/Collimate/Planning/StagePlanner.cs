using Collimate.Adapters;
using Collimate.Data;
using Collimate.Recipes.Schema;
using Collimate.Torch;
using Collimate.Torch.Optimization;
using Collimate.Training;
using Collimate.Training.Watching;

namespace Collimate.Planning;

/// <summary>Finds out what a stage will take, and how many samples a piece may have.</summary>
/// <param name="run">The model, the recipe, and how many workers train.</param>
/// <param name="terms">The bound on memory, and how many processes train.</param>
internal sealed class StagePlanner(StageSurroundings run, PlanTerms terms)
{
    // A piece of this many positions is large enough for its activations to show beside what is the same for every piece.
    private const int PositionsMeasured = 512;

    // The loader holds so many batches: one in the making, some ahead, one in hand; see Trainer.
    private const int BatchesHeld = 6;

    private long? program;

    /// <summary>Plans a stage.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="measuresTime">Whether steps are timed.</param>
    public StagePlan Plan(StageRecipe stage, bool measuresTime)
    {
        var model = run.Built.Model;
        AdapterSet.Find(model)?.Prepare(stage.Trains);
        var (groups, _) = StageParameters.Of(run.Built, stage);
        var source = StageRunner.Source(run, stage);
        var (rows, longest) = RowLengths.Of(source, StageRunner.Batcher(run.Built, stage), stage.BatchSize);
        var steps = Math.Min(StageRunner.StepsOf(stage, source), run.MaxSteps ?? long.MaxValue);
        var measured = new PieceMeasurement(run, stage, groups, longest);
        program ??= WithoutModel(measured.Measure(1, recomputes: true));
        var most = Math.Max(1, stage.BatchSize / terms.Processes);
        var size = Math.Max(1, PositionsMeasured / rows.Longest);
        var recomputed = measured.Line(size, most, recomputes: true);
        var kept = CanKeepAll(recomputed, groups) ? measured.Line(size, most, recomputes: false) : null;
        var figures = new StageFigures(run, stage, groups, rows, recomputed, kept, terms, program.Value, BatchesHeld);
        var largest = figures.LargestWithin(stage.Recompute, stage.Optimizer);
        var micro = StagePieces.RowsOf(stage, largest);
        var chosen = stage with { MicroBatch = micro };
        var memory = figures.Memory(micro, stage.Recompute, stage.Optimizer);
        var time = measuresTime && memory.Total <= terms.Budget ? StepTime.Measure(run, chosen, groups, terms.Processes, figures.Line(stage.Recompute).SecondsPerPosition) : null;
        return new StagePlan
        {
            Name = stage.Name,
            Parts = PartParameters.Of(model),
            Rows = rows,
            Steps = steps,
            Epochs = source.Count is { } count ? (double)steps * stage.BatchSize / count : null,
            BatchSize = stage.BatchSize,
            MicroBatch = micro,
            Pieces = StagePieces.Of(chosen).Made,
            LargestMicroBatch = largest,
            TokensPerStep = time?.Positions ?? (long)(rows.Mean * stage.BatchSize),
            Memory = memory,
            KeptActivations = figures.Line(false).LaterPeak(micro),
            RecomputedActivations = recomputed.LaterPeak(micro),
            BytesPerRow = figures.Line(stage.Recompute).BytesPerRow,
            Fits = memory.Total <= terms.Budget,
            FeatureBytes = FeatureBytes(stage, rows, Math.Min(source.Count ?? long.MaxValue, steps * stage.BatchSize)),
            CheckpointBytes = memory.Weights + memory.OptimizerState,
            Time = time,
            FlopsPerStep = OperationsOf(run, stage, rows),
            Advice = memory.Total <= terms.Budget ? [] : figures.Advice(),
        };
    }

    // Runtime, engine, tokenizer, data and the kernels that the engine makes for this machine: what the process had at its largest beside what was counted.
    private long WithoutModel(PieceFigures first) => Math.Max(0, first.Resident - first.FirstPeak - StageFigures.WeightBytes(run.Built.Model));

    // In single precision, which features are wherever the tower's last norm is.
    private long FeatureBytes(StageRecipe stage, RowLengths rows, long samples) => FeatureCacheOptions.Read(stage.FeatureCache) is { } cache
        ? Math.Min(cache.LimitBytes, (long)(samples * rows.Images * run.Built.Model.Vision.TokenCount * run.Built.Model.Vision.Width * sizeof(float)))
        : 0;

    // Keeping everything takes several times what recomputation takes; it is tried only where that leaves room.
    // Of a batch of mean rows; logits exist for answers only.
    private static double OperationsOf(StageSurroundings run, StageRecipe stage, RowLengths rows)
    {
        var (model, positions) = (ModelFlops.Of(run.Built.Model), rows.Mean * stage.BatchSize);
        var labels = (double)rows.Answers / rows.Longest * positions;
        return (rows.Images * stage.BatchSize * model.PerImage) + (positions * model.PerPosition) + (rows.Mean * positions * model.PerPair) + (labels * model.PerLabel);
    }

    private static bool CanKeepAll(PieceLine recomputed, IReadOnlyList<ParameterGroup> groups) =>
        (8 * recomputed.Large.LaterPeak) + groups.Sum(group => group.Parameters.Sum(p => p.ElementCount * p.Type.Size())) < MachineMemory.Available;
}
