using Collimate.Adapters;
using Collimate.Alignment.Reasoning;
using Collimate.Data.Puzzles;
using Collimate.Data.Scenes;
using Collimate.Torch;
using Collimate.Torch.Optimization;

namespace Collimate.Training.Reasoning;

/// <summary>Trains a reasoner: batches of puzzles in an order that changes from pass to pass, each cut in pieces of neighbouring puzzles.</summary>
public sealed class ReasonerProgram : TrainingProgram<ReasonerProgram.Piece>
{
    private readonly ReasonerProgramOptions options;
    private readonly IReadOnlyList<PuzzleInstance> instances;
    private readonly PuzzleSenses senses;
    private readonly ReasonerModel model;
    private readonly Func<ReasonerModel> replica;
    private (long Pass, int[] Order) current = (-1, []);

    /// <param name="model">The reasoner.</param>
    /// <param name="replica">Makes another one that shares its parameters.</param>
    /// <param name="groups">The parameters that learn.</param>
    /// <param name="names">Their names in the reasoner, group after group.</param>
    /// <param name="instances">The training puzzles.</param>
    /// <param name="senses">Makes input of them.</param>
    /// <param name="options">Sizes and seed.</param>
    public ReasonerProgram(
        ReasonerModel model, Func<ReasonerModel> replica, IReadOnlyList<ParameterGroup> groups, IReadOnlyList<string> names,
        IReadOnlyList<PuzzleInstance> instances, PuzzleSenses senses, ReasonerProgramOptions options)
    {
        (this.model, this.replica, this.instances, this.senses, this.options, Names, ParameterGroups) = (model, replica, instances, senses, options, names, groups);
    }

    /// <inheritdoc/>
    public override string Name => "reason";

    /// <inheritdoc/>
    public override string SampleName => "puzzles";

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterGroup> ParameterGroups { get; }

    /// <summary>The names of the parameters that learn.</summary>
    internal IReadOnlyList<string> Names { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Piece> Prepare(long step)
    {
        PuzzleInstance[] batch = [.. Enumerable.Range(0, Math.Min(options.BatchSize, instances.Count)).Select(k => At((step * options.BatchSize) + k))];
        batch = [.. batch.OrderBy(instance => model.Numbers[instance.Puzzle])]; // a piece then has few puzzles, and each of them many rows
        var weights = ReasonerLoss.Weights([.. batch.Select(instance => instance.Puzzle)]);
        var length = (batch.Length + options.Pieces - 1) / options.Pieces;
        return [.. batch.Chunk(length).Select((rows, at) => new Piece(rows, weights[(at * length)..((at * length) + rows.Length)], at))];
    }

    /// <inheritdoc/>
    public override Worker CreateWorker(int index) => index == 0 ? new ReasonerWorker(this, model, owned: false) : new ReasonerWorker(this, replica(), owned: true);

    private PuzzleInstance At(long number)
    {
        var pass = number / instances.Count;
        if (current.Pass != pass)
        {
            int[] order = [.. Enumerable.Range(0, instances.Count)];
            var random = new SceneRandom((ulong)options.Seed, "puzzles", pass);
            random.Shuffle(order.AsSpan());
            current = (pass, order);
        }

        return instances[current.Order[number % instances.Count]];
    }

    /// <summary>Some rows of a batch.</summary>
    public sealed class Piece
    {
        internal Piece(PuzzleInstance[] rows, double[] weights, int number) => (Rows, Weights, Number) = (rows, weights, number);

        internal PuzzleInstance[] Rows { get; }

        internal double[] Weights { get; }

        internal int Number { get; }
    }

    private sealed class ReasonerWorker : Worker
    {
        private readonly ReasonerProgram program;
        private readonly ReasonerModel model;
        private readonly bool owned;

        internal ReasonerWorker(ReasonerProgram program, ReasonerModel model, bool owned)
        {
            (this.program, this.model, this.owned) = (program, model, owned);
            var own = model.NamedParameters().ToDictionary(parameter => parameter.Name, parameter => parameter.Value);
            Parameters = [.. program.Names.Select(name => own[name])];
            foreach (var (name, parameter) in own)
            {
                parameter.RequiresGrad = program.Names.Contains(name);
            }

            model.SetTraining(true);
        }

        public override IReadOnlyList<Tensor> Parameters { get; }

        public override PieceResult Run(Piece piece, StepClock clock)
        {
            using var scope = new TensorScope();
            var pass = AdapterDropout.Mix(AdapterDropout.Mix((ulong)program.options.Seed, (ulong)clock.Step), (ulong)piece.Number);
            var scores = model.Head.Forward(program.senses.Input(piece.Rows, model), pass);
            var loss = ReasonerLoss.Of(scores, [.. piece.Rows.Select(row => row.Value)], piece.Weights);
            loss.Backward();
            return new PieceResult(loss.Item(), piece.Rows.Length, 0);
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

/// <summary>Sizes and seed of a <see cref="ReasonerProgram"/>.</summary>
/// <param name="BatchSize">Puzzles a step.</param>
/// <param name="Pieces">Parts that a batch is computed in.</param>
/// <param name="Seed">Of the order and of dropout.</param>
public sealed record ReasonerProgramOptions(int BatchSize, int Pieces, long Seed);
