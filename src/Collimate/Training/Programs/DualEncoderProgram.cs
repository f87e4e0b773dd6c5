using Collimate.Data.Scenes;
using Collimate.Models.Text;
using Collimate.Tokenization;
using Collimate.Torch;
using Collimate.Torch.Optimization;

namespace Collimate.Training.Programs;

/// <summary>Pretrains a dual encoder on captioned scenes: whole pictures against whole captions, and parts of pictures against words.</summary>
/// <remarks>
/// <para>Both losses are SigLIP's: every pair is a yes/no question of its own (Zhai et al. 2023, equation 1). For a part of a picture and a
/// word the similarity is the smooth maximum over the part's patches, so that one patch that shows the word is enough and patches of
/// ground need not claim it.</para>
/// <para>Parts are rectangles of the nine places that captions name. Which patch shows what is never told.</para>
/// </remarks>
public sealed class DualEncoderProgram : TrainingProgram<DualEncoderProgram.Piece>
{
    private readonly DualEncoder model;
    private readonly DualEncoderProgramOptions options;
    private readonly SceneWorld world;
    private readonly ITokenizer tokenizer;
    private readonly int[][] words;

    /// <param name="model">The model.</param>
    /// <param name="groups">Its parameters.</param>
    /// <param name="tokenizer">Reads captions and words for the text tower.</param>
    /// <param name="world">The gym.</param>
    /// <param name="options">Sizes and weights.</param>
    public DualEncoderProgram(DualEncoder model, IReadOnlyList<ParameterGroup> groups, ITokenizer tokenizer, SceneWorld world, DualEncoderProgramOptions options)
    {
        (this.model, this.options, this.world, this.tokenizer) = (model, options, world, tokenizer);
        ParameterGroups = groups;
        words = [.. world.Items.Select(item => item.Name).Append(SceneCaptions.EmptyWord).Select(word => tokenizer.Encode(" " + word))];
    }

    /// <inheritdoc/>
    public override string Name => "contrast";

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterGroup> ParameterGroups { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Piece> Prepare(long step) =>
        [.. Enumerable.Range(0, options.Pieces).Select(piece => Make(((step * options.Pieces) + piece) * (options.BatchSize / options.Pieces)))];

    /// <inheritdoc/>
    public override Worker CreateWorker(int index)
    {
        if (index == 0)
        {
            return new ContrastWorker(this, model, owned: false);
        }

        var replica = new DualEncoder(model.Config);
        replica.ShareParametersWith(model);
        return new ContrastWorker(this, replica, owned: true);
    }

    private Piece Make(long first)
    {
        var count = options.BatchSize / options.Pieces;
        var size = model.Config.Vision.ImageSize;
        var pixels = new float[count * 3 * size * size];
        var captions = new int[count][];
        var regions = new List<Region>();
        ReadOnlySpan<float> half = [0.5f, 0.5f, 0.5f];
        for (var k = 0; k < count; k++)
        {
            var scene = world.Draw(SceneSplit.Pretrain, (ulong)options.Seed, first + k);
            var random = new SceneRandom((ulong)options.Seed, "contrast", first + k);
            SceneRenderer.Render(scene, pixels.AsSpan(k * 3 * size * size, 3 * size * size), half, half);
            captions[k] = tokenizer.Encode(" " + SceneCaptions.Describe(scene, random.Chance(0.5) ? CaptionStyle.Detailed : CaptionStyle.Short, ref random));
            for (var r = 0; r < options.RegionsPerPicture; r++)
            {
                regions.Add(Region.Draw(scene, k, size / model.Config.Vision.PatchSize, emptyWord: words.Length - 1, ref random));
            }
        }

        return new Piece(pixels, count, captions, [.. regions]);
    }

    private static (Tensor Ids, int[] Valid) Padded(IReadOnlyList<int[]> texts, int longest, int pad)
    {
        var length = Math.Min(longest, texts.Max(t => t.Length));
        var ids = new long[texts.Count * length];
        var valid = new int[ids.Length];
        Array.Fill(ids, pad);
        for (var row = 0; row < texts.Count; row++)
        {
            for (var k = 0; k < Math.Min(length, texts[row].Length); k++)
            {
                ids[(row * length) + k] = texts[row][k];
                valid[(row * length) + k] = 1;
            }
        }

        return (Tensor.From(ids, [texts.Count, length]), valid);
    }

    /// <summary>Host data: pictures, their captions, and what parts of them hold.</summary>
    public sealed class Piece
    {
        internal Piece(float[] pixels, int count, int[][] captions, Region[] regions) =>
            (Pixels, Count, Captions, Regions) = (pixels, count, captions, regions);

        internal float[] Pixels { get; }

        internal int Count { get; }

        internal int[][] Captions { get; }

        internal Region[] Regions { get; }
    }

    private sealed class ContrastWorker : Worker
    {
        private const double Sharpness = 4; // of the smooth maximum, in units of the logits

        private readonly DualEncoderProgram program;
        private readonly DualEncoder model;
        private readonly bool owned;

        internal ContrastWorker(DualEncoderProgram program, DualEncoder model, bool owned)
        {
            (this.program, this.model, this.owned) = (program, model, owned);
            model.SetTraining(true);
            Parameters = [.. model.NamedParameters().Select(p => p.Value)];
        }

        public override IReadOnlyList<Tensor> Parameters { get; }

        public override PieceResult Run(Piece piece, StepClock clock)
        {
            using var scope = new TensorScope();
            var size = model.Config.Vision.ImageSize;
            var pixels = Tensor.From(piece.Pixels, [piece.Count, 3, size, size]);
            Tensor loss;
            using (Autocast.EnableIf(program.options.Precision))
            {
                var (pooled, patches) = model.EncodeImageAndPatches(pixels);       // [images, width], [images, patches, width]
                loss = (WholeLoss(piece, pooled) * program.options.WholeWeight) + RegionLoss(piece, patches);
            }

            (loss / program.options.Pieces).Backward();
            return new PieceResult(loss.Item() / program.options.Pieces, piece.Count, piece.Count * (int)patchesOf(size));
            long patchesOf(int side) => (side / model.Config.Vision.PatchSize) * (side / model.Config.Vision.PatchSize);
        }

        protected override void Dispose(bool disposing)
        {
            if (owned)
            {
                model.Dispose();
            }

            base.Dispose(disposing);
        }

        private Tensor WholeLoss(Piece piece, Tensor pooled)
        {
            var (ids, valid) = Padded(piece.Captions, model.Config.Text.MaxPositions, program.tokenizer.PadId);
            var logits = model.Similarity(pooled, model.EncodeText(ids, valid)).To(ScalarType.Float32); // [texts, images]
            var signs = (Tensor.Eye(piece.Count) * 2) - 1;
            return -(logits * signs).LogSigmoid().Sum() / piece.Count;
        }

        private Tensor RegionLoss(Piece piece, Tensor patches)
        {
            var (ids, valid) = Padded(program.words, model.Config.Text.MaxPositions, program.tokenizer.PadId);
            var words = model.EncodeText(ids, valid);                               // [words, width]
            var count = (int)patches.Size(1);
            var cosines = patches.To(ScalarType.Float32).Normalize().MatMul(words.To(ScalarType.Float32).Normalize().Transpose(0, 1)); // [images, patches, words]
            var scale = model.LogitScale.Exp();
            var logits = (cosines * scale).Reshape(piece.Count * count, program.words.Length);

            var longest = piece.Regions.Max(r => r.Patches.Length);
            var index = new long[piece.Regions.Length * longest];
            var outside = new float[index.Length];
            var signs = new float[piece.Regions.Length * program.words.Length];
            Array.Fill(signs, -1);
            for (var r = 0; r < piece.Regions.Length; r++)
            {
                var region = piece.Regions[r];
                for (var k = 0; k < longest; k++)
                {
                    var inside = k < region.Patches.Length;
                    index[(r * longest) + k] = (region.Image * count) + (inside ? region.Patches[k] : 0);
                    outside[(r * longest) + k] = inside ? -(float)Math.Log(region.Patches.Length) : -1e4f;
                }

                foreach (var word in region.Words)
                {
                    signs[(r * program.words.Length) + word] = 1;
                }
            }

            var chosen = logits.IndexSelect(0, Tensor.From(index)).Reshape(piece.Regions.Length, longest, program.words.Length);
            // A smooth maximum: the mean of exponentials at a sharper temperature, so that its value is a logit again.
            var best = ((chosen * Sharpness) + Tensor.From(outside, [piece.Regions.Length, longest, 1])).LogSumExp(1) / Sharpness; // [regions, words]
            var asked = best + model.LogitBias!;
            return -(asked * Tensor.From(signs, [piece.Regions.Length, program.words.Length])).LogSigmoid().Sum() / piece.Regions.Length;
        }
    }
}

/// <summary>Options of <see cref="DualEncoderProgram"/>.</summary>
public sealed record DualEncoderProgramOptions
{
    /// <summary>Which stream of scenes.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Pictures a step.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Pieces a batch is cut into; captions are contrasted within a piece.</summary>
    public int Pieces { get; init; } = 4;

    /// <summary>Parts drawn from each picture.</summary>
    public int RegionsPerPicture { get; init; } = 6;

    /// <summary>The weight of whole pictures against whole captions, beside parts against words at weight 1.</summary>
    public double WholeWeight { get; init; } = 0.5;

    /// <summary>The type of matrix products, or null for single precision throughout.</summary>
    public ScalarType? Precision { get; init; } = ScalarType.BFloat16;
}
