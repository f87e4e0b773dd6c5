using Collimate.Adapters;
using Collimate.Alignment;
using Collimate.Alignment.Attention;
using Collimate.Alignment.Objectives;
using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Torch;
using Collimate.Torch.Optimization;
using Collimate.Training.Watching;

namespace Collimate.Training.Programs;

/// <summary>Trains a vision-language model (or, without pictures, its decoder alone) on conversations: one stage of a recipe.</summary>
public sealed class ConversationProgram : TrainingProgram<ConversationPiece>
{
    private readonly Func<VisionLanguageModel> makeReplica;
    private readonly VisionLanguageModel model;
    private readonly ConversationBatcher batcher;
    private readonly IReadOnlyList<(IObjective Objective, double Weight)> objectives;
    private readonly StageOptions options;
    private readonly string[] learning;
    private readonly SampleSieve sieve;
    private readonly ModelFlops flops;

    /// <param name="model">The model; the stage's learning parameters are already unfrozen.</param>
    /// <param name="makeReplica">Makes another model of the same shape, whose parameters will be shared with the first.</param>
    /// <param name="groups">The learning parameters.</param>
    /// <param name="source">Where samples come from.</param>
    /// <param name="batcher">How they become tokens and pixels.</param>
    /// <param name="objectives">What is optimised, with weights.</param>
    /// <param name="options">Batch size, pieces, precision.</param>
    public ConversationProgram(
        VisionLanguageModel model, Func<VisionLanguageModel> makeReplica, IReadOnlyList<ParameterGroup> groups, ISampleSource source,
        ConversationBatcher batcher, IReadOnlyList<(IObjective Objective, double Weight)> objectives, StageOptions options)
    {
        (this.model, this.makeReplica, this.batcher, this.objectives, this.options) = (model, makeReplica, batcher, objectives, options);
        ParameterGroups = groups;
        sieve = new SampleSieve(source, batcher, options);
        flops = ModelFlops.Of(model);
        var names = model.NamedParameters().ToDictionary(p => p.Value, p => p.Name, ReferenceEqualityComparer.Instance as IEqualityComparer<Tensor>);
        learning = [.. groups.SelectMany(g => g.Parameters).Select(p => names[p])];
    }

    /// <summary>Objectives that belong to no model, and end with the program; null where they are somebody else's.</summary>
    internal ObjectiveSet? Owned { get; init; }

    /// <inheritdoc/>
    public override string Name => options.Name;

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterGroup> ParameterGroups { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<ConversationPiece> Prepare(long step)
    {
        var rows = sieve.Draw(step);
        for (var k = 0; k < rows.Length; k++)
        {
            rows[k] = rows[k] is { } row ? row with { Layout = Noised(row.Layout, (step * options.BatchSize) + k) } : null;
        }

        var fit = rows.OfType<BatchRow>().ToArray();
        var answers = fit.Sum(row => row.Layout.AnswerCount);
        if (answers == 0)
        {
            throw sieve.NothingToLearn(step);
        }

        var pieces = options.Packing?.Cut(fit, batcher.TokensPerImage, options.Pieces) ?? OfLikeLength(fit, options.Pieces);
        // Every rank knows all rows' text, and so what a batch's loss is divided by; it loads the pictures of its own pieces only.
        return batcher.Pieces([.. pieces.Index().Where(part => part.Index % options.Ranks == options.Rank)], answers, fit.Length);
    }

    /// <inheritdoc/>
    public override void Announce(long step, ITrainingObserver observer)
    {
        foreach (var report in sieve.TakeReports(step))
        {
            observer.OnBadSample(report);
        }

        foreach (var note in batcher.Features?.TakeNotes() ?? [])
        {
            observer.OnNote(note);
        }
    }

    /// <inheritdoc/>
    public override void ReportGradients(MeasureSet measures) => model.Fusion.ReportGradients(measures);

    /// <inheritdoc/>
    public override Worker CreateWorker(int index)
    {
        if (index == 0)
        {
            return new PassWorker(this, model, owned: false);
        }

        var replica = makeReplica();
        try
        {
            replica.ShareParametersWith(model);
        }
        catch
        {
            replica.Dispose();
            throw;
        }

        return new PassWorker(this, replica, owned: true);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Owned?.Dispose();
        base.Dispose(disposing);
    }

    // Rows of like length share a piece, so that little of it is padding.
    private static IEnumerable<BatchRow[]> OfLikeLength(BatchRow[] rows, int pieces) =>
        rows.OrderBy(row => row.Longest).Chunk((rows.Length + pieces - 1) / pieces);

    // What dropout leaves out follows from what is computed, not from who computes it or when.
    private ulong SeedOf(ConversationPiece piece, StepClock clock) =>
        AdapterDropout.Mix(AdapterDropout.Mix(options.Seed ^ AdapterDropout.Hash(options.Name), (ulong)clock.Step), (ulong)piece.Index);

    private TokenLayout Noised(TokenLayout layout, long index) =>
        options.Noise?.Apply(layout, model.Language.Config.VocabularySize, options.Seed, index) ?? layout;

    private sealed class PassWorker : Worker
    {
        private readonly ConversationProgram program;
        private readonly VisionLanguageModel model;
        private readonly AdapterSet? adapters;
        private readonly ObjectiveSet objectives;
        private readonly bool owned;

        internal PassWorker(ConversationProgram program, VisionLanguageModel model, bool owned)
        {
            (this.program, this.model, this.owned) = (program, model, owned);
            var byName = model.NamedParameters().ToDictionary(p => p.Name, p => p.Value);
            if (owned)
            {
                model.SetRequiresGrad(false);
                foreach (var name in program.learning)
                {
                    byName[name].RequiresGrad = true;
                }
            }

            model.SetTraining(true);
            adapters = AdapterSet.Find(model);
            objectives = ObjectiveSet.Of(model) ?? new ObjectiveSet(program.objectives);
            Parameters = [.. program.learning.Select(name => byName[name])];
        }

        public override IReadOnlyList<Tensor> Parameters { get; }

        public override PieceResult Run(ConversationPiece piece, StepClock clock)
        {
            using var scope = new TensorScope();
            using var batch = piece.ToBatch(model.Device);
            var context = new PassContext { Training = true, Progress = clock.Progress, Seed = program.SeedOf(piece, clock), Ranks = program.options.Exchange };
            using var dropout = adapters?.Pass(context.Seed);
            var share = new BatchShare(piece.AnswerTokens, piece.Rows, clock) { Samples = piece.Samples };
            Tensor loss;
            int tokens;
            double needed;
            using (Autocast.EnableIf(program.options.Precision, model.Device.Type))
            {
                var result = model.Forward(batch, program.options.Attention, context);
                var positions = result.Sequence.Positions;
                tokens = positions.RowLengths.Sum();
                context.Measures.Add("batch/padding", (positions.Rows * positions.Length) - tokens, positions.Rows * positions.Length);
                needed = program.flops.Of(result);
                if (piece.Unknown.Count > 0)
                {
                    program.batcher.Features?.Add(piece.Unknown, result.Patches!);
                }

                loss = objectives.Loss(result, share);
            }

            loss.Backward();
            return new PieceResult(loss.Item(), piece.Samples, tokens) { Flops = needed, Measures = context.Measures };
        }

        protected override void Dispose(bool disposing)
        {
            if (owned)
            {
                model.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}

/// <summary>How a stage cuts and computes its batches.</summary>
/// <param name="Name">The stage's name.</param>
/// <param name="BatchSize">Samples in a step.</param>
/// <param name="Pieces">Pieces a batch is cut into; more than the workers, so that a slow core can do fewer.</param>
/// <param name="Precision">The type of matrix products, or null for single precision throughout.</param>
public sealed record StageOptions(string Name, int BatchSize, int Pieces, ScalarType? Precision)
{
    /// <summary>Who sees whom in this stage; null for the model's own policy.</summary>
    public IAttentionPolicy? Attention { get; init; }

    /// <summary>Hides a share of the input's text; null for none.</summary>
    public InputNoise? Noise { get; init; }

    /// <summary>How several samples share a row; null where each has its own.</summary>
    public RowPacking? Packing { get; init; }

    /// <summary>The run's seed, from which the noise follows.</summary>
    public ulong Seed { get; init; }

    /// <summary>The share of samples that may be unusable and are replaced; with 0 the first ends the run.</summary>
    public double BadSamples { get; init; }

    /// <summary>This process's number among those that train together.</summary>
    public int Rank { get; init; }

    /// <summary>How many processes train together; each takes every so many-th piece.</summary>
    public int Ranks { get; init; } = 1;

    /// <summary>Those processes, where passes exchange something with each other; null where they do not.</summary>
    public IRankGroup? Exchange { get; init; }
}
