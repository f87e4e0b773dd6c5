using Collimate.Recipes.Schema;
using Collimate.Torch;
using Collimate.Torch.Optimization;
using Collimate.Training;

namespace Collimate.Planning;

/// <summary>What was counted and measured of a stage, and what follows from it for pieces of any size.</summary>
/// <param name="Run">The model, and how many workers train.</param>
/// <param name="Stage">The stage.</param>
/// <param name="Groups">The parameters that learn.</param>
/// <param name="Rows">How long rows are.</param>
/// <param name="Recomputed">Passes that run layers again for their gradients.</param>
/// <param name="Kept">Passes that keep all activations; null where they were not measured.</param>
/// <param name="Terms">The bound on memory, and how many processes train.</param>
/// <param name="Program">The size of the process without the model.</param>
/// <param name="BatchesHeld">How many batches of pictures are in memory.</param>
internal sealed record StageFigures(
    StageSurroundings Run, StageRecipe Stage, IReadOnlyList<ParameterGroup> Groups, RowLengths Rows, PieceLine Recomputed, PieceLine? Kept, PlanTerms Terms, long Program, int BatchesHeld)
{
    private readonly long weights = WeightBytes(Run.Built.Model);
    private readonly long gradients = Groups.Sum(group => group.Parameters.Sum(Bytes));

    /// <summary>Bytes of all parameters and buffers.</summary>
    public static long WeightBytes(Module model) => model.Parameters().Concat(model.NamedBuffers().Select(buffer => buffer.Value)).Sum(Bytes);

    /// <summary>The measured passes of one kind.</summary>
    public PieceLine Line(bool recomputes) => recomputes ? Recomputed : Kept ?? Recomputed;

    /// <summary>What is held with pieces of so many rows.</summary>
    public MemoryPlan Memory(int rows, bool recomputes, OptimizerKind optimizer) =>
        Memory(rows, recomputes, StageOptimizer.StateBytes(optimizer, Groups), gradients, Stage.BatchSize);

    /// <summary>The most rows a piece may have within a bound, so that every worker still gets one; 0 where one row is too many.</summary>
    public int LargestWithin(bool recomputes, OptimizerKind optimizer)
    {
        var (least, most) = (0, Math.Max(1, (int)Math.Ceiling(Stage.BatchSize / (double)(Terms.Processes * Run.Workers))));
        while (least < most)
        {
            var middle = (least + most + 1) / 2;
            (least, most) = Memory(middle, recomputes, optimizer).Total <= Terms.Budget ? (middle, most) : (least, middle - 1);
        }

        return least;
    }

    /// <summary>What would make the stage smaller, the least change first.</summary>
    public IReadOnlyList<PlanAdvice> Advice()
    {
        var advice = new List<PlanAdvice>();
        var largest = Math.Max(1, LargestWithin(Stage.Recompute, Stage.Optimizer));
        Try($"micro_batch: {largest}", Memory(largest, Stage.Recompute, Stage.Optimizer));
        if (!Stage.Recompute)
        {
            Try("recompute: true, micro_batch: 1", Memory(1, true, Stage.Optimizer));
        }

        if (Stage.Optimizer != OptimizerKind.AdamW8Bit)
        {
            Try("optimizer: adamw_8bit, recompute: true, micro_batch: 1", Memory(1, true, OptimizerKind.AdamW8Bit));
        }

        if (Run.Workers > 1)
        {
            Try("the same with --workers 1", (this with { Run = Run with { Workers = 1 } }).Memory(1, true, OptimizerKind.AdamW8Bit));
        }

        if (Stage.BatchSize > Terms.Processes)
        {
            Try($"the same with batch_size: {Terms.Processes}", (this with { Run = Run with { Workers = 1 } }).Memory(1, true, StageOptimizer.StateBytes(OptimizerKind.AdamW8Bit, Groups), gradients, Terms.Processes));
        }

        // An adapter learns in place of its matrices; at usual ranks it is about a hundredth of them.
        Try("low-rank adapters in place of whole parts (adapters: below model), recompute: true, micro_batch: 1, --workers 1",
            (this with { Run = Run with { Workers = 1 } }).Memory(1, true, StageOptimizer.StateBytes(OptimizerKind.AdamW, Groups) / 100, gradients / 100, Stage.BatchSize));
        return advice;

        void Try(string change, MemoryPlan memory) => advice.Add(new PlanAdvice(change, memory.Total, memory.Total <= Terms.Budget));
    }

    private MemoryPlan Memory(int rows, bool recomputes, long state, long ofGradients, int batch)
    {
        var line = Line(recomputes);
        var pieces = (batch + (rows * Terms.Processes) - 1) / (rows * Terms.Processes); // of this process
        var workers = Math.Min(Run.Workers, pieces);
        // One worker adds each piece's gradients to those that are there; several make theirs anew, beside their sum, and a
        // piece that overtook another waits for it with its own; see GradientSum.
        var beside = workers == 1 && pieces > 1 ? line.LaterPeak(rows) : Math.Max(0, line.FirstPeak(rows) - gradients);
        return new MemoryPlan
        {
            Program = Program,
            Weights = weights,
            Gradients = ofGradients * (workers == 1 ? 1 : 2 * workers),
            OptimizerState = state,
            Activations = beside * workers,
            Logits = LogitBytes(rows) * workers,
            Pictures = BatchesHeld * PictureBytes(batch) / Terms.Processes,
            Start = Program + (weights * (Run.Workers > 1 ? 2 : 1)) + state,
        };
    }

    private long PictureBytes(int batch) => (long)(Rows.Images * batch * (Run.Built.Processor?.OutputLength ?? 0) * sizeof(float));

    // As native/kernels.cpp cuts them: rows at a time, in the type of the products and in single precision beside.
    private long LogitBytes(int rows)
    {
        var language = Run.Built.Model.Language.Config;
        var chunk = Math.Min((long)rows * Rows.Answers, Math.Max((4 << 20) / language.VocabularySize, language.HiddenSize / 2));
        return chunk * language.VocabularySize * (Stage.Precision == Precision.Bf16 ? 2 + sizeof(float) : sizeof(float));
    }

    private static long Bytes(Tensor tensor) => tensor.ElementCount * tensor.Type.Size();
}
