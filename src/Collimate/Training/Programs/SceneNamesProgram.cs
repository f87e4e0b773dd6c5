using Collimate.Data.Scenes;
using Collimate.Models.Vision.Convolutional;
using Collimate.Torch;
using Collimate.Torch.Optimization;

namespace Collimate.Training.Programs;

/// <summary>Teaches a residual network which things a scene shows: a yes or no for each of them, as ImageNet's one label is for pictures of one thing.</summary>
/// <param name="model">The network, with a class for each of the world's things.</param>
/// <param name="groups">Its parameters.</param>
/// <param name="world">The gym.</param>
/// <param name="options">Sizes.</param>
public sealed class SceneNamesProgram(ResNet model, IReadOnlyList<ParameterGroup> groups, SceneWorld world, SceneNamesOptions options) : TrainingProgram<SceneNamesProgram.Piece>
{
    /// <inheritdoc/>
    public override string Name => "names";

    /// <inheritdoc/>
    public override string SampleName => "pictures";

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterGroup> ParameterGroups => groups;

    /// <inheritdoc/>
    public override IReadOnlyList<Piece> Prepare(long step) =>
        [.. Enumerable.Range(0, options.Pieces).Select(piece => Make(((step * options.Pieces) + piece) * (options.BatchSize / options.Pieces)))];

    /// <inheritdoc/>
    public override Worker CreateWorker(int index)
    {
        if (index == 0)
        {
            return new NamesWorker(this, model, owned: false);
        }

        // What replicas count of statistics means nothing; they are measured when training is done.
        var replica = new ResNet(model.Config);
        replica.ShareParametersWith(model);
        return new NamesWorker(this, replica, owned: true);
    }

    /// <summary>Measures the running statistics of the finished network anew, in one thread and one order.</summary>
    /// <param name="batches">How many batches; the first ones are forgotten by a tenth with each that follows.</param>
    public void MeasureStatistics(int batches)
    {
        using var off = GradMode.Disable();
        model.SetTraining(true);
        for (var step = 0; step < batches; step++)
        {
            using var scope = new TensorScope();
            model.Encode(Pixels(Make(-1 - (long)options.BatchSize - ((long)step * options.BatchSize / options.Pieces))));
        }

        model.SetTraining(false);
    }

    private Tensor Pixels(Piece piece) => Tensor.From(piece.Pixels, [piece.Count, 3, options.ImageSize, options.ImageSize]);

    private Piece Make(long first)
    {
        var (count, size) = (options.BatchSize / options.Pieces, options.ImageSize);
        var pixels = new float[count * 3 * size * size];
        var signs = new float[count * world.Items.Count];
        Array.Fill(signs, -1);
        ReadOnlySpan<float> half = [0.5f, 0.5f, 0.5f];
        for (var k = 0; k < count; k++)
        {
            var scene = world.Draw(SceneSplit.Pretrain, (ulong)options.Seed, Math.Abs(first + k));
            SceneRenderer.Render(scene, pixels.AsSpan(k * 3 * size * size, 3 * size * size), half, half);
            foreach (var item in scene.Items)
            {
                signs[(k * world.Items.Count) + item.Item] = 1;
            }
        }

        return new Piece(pixels, signs, count);
    }

    /// <summary>Host data: pictures, and 1 or -1 for each thing.</summary>
    public sealed class Piece
    {
        internal Piece(float[] pixels, float[] signs, int count) => (Pixels, Signs, Count) = (pixels, signs, count);

        internal float[] Pixels { get; }

        internal float[] Signs { get; }

        internal int Count { get; }
    }

    private sealed class NamesWorker : Worker
    {
        private readonly SceneNamesProgram program;
        private readonly ResNet model;
        private readonly bool owned;

        internal NamesWorker(SceneNamesProgram program, ResNet model, bool owned)
        {
            (this.program, this.model, this.owned) = (program, model, owned);
            model.SetTraining(true);
            Parameters = [.. model.NamedParameters().Select(p => p.Value)];
        }

        public override IReadOnlyList<Tensor> Parameters { get; }

        public override PieceResult Run(Piece piece, StepClock clock)
        {
            using var scope = new TensorScope();
            var scores = model.Logits(model.Encode(program.Pixels(piece)));                         // [pictures, things]
            var loss = -(scores * Tensor.From(piece.Signs, scores.Shape)).LogSigmoid().Sum() / (piece.Count * program.Pieces);
            loss.Backward();
            return new PieceResult(loss.Item(), piece.Count, 0);
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

    private int Pieces => options.Pieces;
}

/// <summary>Sizes of a <see cref="SceneNamesProgram"/>.</summary>
public sealed record SceneNamesOptions
{
    /// <summary>Which stream of scenes.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Side of a picture in pixels: the gym's canvas.</summary>
    public int ImageSize { get; init; } = 96;

    /// <summary>Pictures a step.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Pieces a batch is cut into.</summary>
    public int Pieces { get; init; } = 2;
}
