using Collimate.Alignment;
using Collimate.Alignment.Attention;
using Collimate.Alignment.Composition;
using Collimate.Alignment.Conditioning;
using Collimate.Alignment.Connectors;
using Collimate.Alignment.Fusion;
using Collimate.Alignment.Objectives;
using Collimate.Alignment.Towers;
using Collimate.Data.Conversations;
using Collimate.Imaging;
using Collimate.Models.Language;
using Collimate.Models.Vision;
using Collimate.Recipes.Schema;
using Collimate.Torch;
using Collimate.Torch.Optimization;
using Collimate.Training;
using Collimate.Training.Programs;

namespace Collimate.Benchmarks;

/// <summary>
/// The model of the four-stage recipe at its full size, with random weights: SigLIP-so400m's shapes (patch 14, 224 pixels: 256 tokens) and
/// Qwen2.5-0.5B's. Steps of each stage through the trainer itself, in bf16 with checkpointing: what they take of memory and time.
/// </summary>
internal static class LargeModel
{
    private const int Patches = 256;
    private const double Limit = 20;

    private static readonly StageShape[] Stages =
    [
        new("0: connector, bidirectional", ["connector"], new BidirectionalAttention()),
        new("1: connector, prefix", ["connector"], new PrefixAttention()),
        new("2: everything, prefix", ["vision", "connector", "language"], new PrefixAttention()),
        new("3: everything, prefix", ["vision", "connector", "language"], new PrefixAttention()),
    ];

    public static void Run(Options options, ResultFile page)
    {
        var (rows, steps, only) = (options.Number("batch", 2), options.Number("steps", 2), options.Text("stage"));
        var before = Surroundings.PeakResident;
        using var model = Create();
        var count = model.Parameters().Sum(p => p.ElementCount);
        page.Add($"{count / 1e6:F0} million parameters in single precision ({count * 4 / 1e9:F2} GB); {rows} rows a step in {rows} pieces, each of 256 image tokens and about 64 of text; " +
            $"{options.Text("dtype", "bf16")} products, layers recomputed, {options.Text("optimizer", "adamw")}, 1 worker; {steps} steps a stage, the last one timed.");
        page.Add("");
        page.Add("| stage | learns (million) | peak resident size (GiB) | seconds a step | loss | tensors of frozen parts with gradients |");
        page.Add("|---|---|---|---|---|---|");
        foreach (var stage in Stages.Where(s => only is null || s.Name.StartsWith(only, StringComparison.Ordinal)))
        {
            Measure(options, page, model, stage, rows, steps);
        }

        page.Add("");
        page.Add($"The bound is {Limit} GiB; the process without the model had {before / 1073741824.0:F2}.");
    }

    private static void Measure(Options options, ResultFile page, VisionLanguageModel model, StageShape stage, int rows, int steps)
    {
        model.SetRequiresGrad(false);
        var groups = stage.Learns.SelectMany(part => Groups(model, part)).ToArray();
        model.RecomputesLayers = true;
        _ = MemoryMark.SetHere();
        var last = new LastStep(model, [.. groups.SelectMany(g => g.Parameters)]);
        using (Optimizer optimizer = options.Text("optimizer", "adamw") == "adamw_8bit" ? new AdamW8Bit(groups) : new AdamW(groups))
        {
            using var program = Program(options, model, stage, groups, rows);
            Trainer.Run(program, new TrainingOptions { Steps = steps, Workers = 1, Schedule = LearningRateSchedule.Constant(steps) }, optimizer, last);
        }

        page.Add($"| {stage.Name} | {groups.Sum(g => g.Parameters.Sum(p => p.ElementCount)) / 1e6:F0} | {Surroundings.PeakResident / 1073741824.0:F2} | " +
            $"{last.Seconds:F1} | {last.Loss:F3} | {last.StrayGradients} |");
    }

    private static IEnumerable<ParameterGroup> Groups(VisionLanguageModel model, string part)
    {
        foreach (var parameters in model.NamedParameters().Where(p => p.Name.StartsWith(ModelParts.Prefix(part), StringComparison.Ordinal))
            .GroupBy(p => p.Value.Rank > 1 && !p.Name.Contains("embed", StringComparison.Ordinal)))
        {
            foreach (var (_, parameter) in parameters)
            {
                parameter.RequiresGrad = true;
            }

            yield return new ParameterGroup(part, [.. parameters.Select(p => p.Value)]) { LearningRate = 1e-5, WeightDecay = parameters.Key ? 0.01 : 0, KeepsWideMoments = !parameters.Key };
        }
    }

    private static ConversationProgram Program(Options options, VisionLanguageModel model, StageShape stage, ParameterGroup[] groups, int rows)
    {
        var side = model.Vision.Grid.Rows * 14;
        var processor = new ImageProcessor(new ImageTransform { ExactSize = new ImageSize(side, side), RescaleFactor = 1 / 255.0 });
        var batcher = new ConversationBatcher(new SymbolTokenizer(), SymbolTokenizer.Template, processor, ContextLength: 1024, Patches, Packed: true);
        var settings = new StageOptions("large", rows, rows, options.Text("dtype", "bf16") == "bf16" ? ScalarType.BFloat16 : null) { Attention = stage.Attention };
        return new ConversationProgram(
            model, () => throw new InvalidOperationException("one worker needs no second model"), groups, new SyntheticSource((1, 1), (58, 58)), batcher,
            [(new LanguageObjective(), 1)], settings);
    }

    private static VisionLanguageModel Create()
    {
        using var generator = new Generator(1);
        var eyes = new VisionConfig
        {
            HiddenSize = 1152, LayerCount = 27, HeadCount = 16, IntermediateSize = 4304, ImageSize = 224, PatchSize = 14, HasPoolingHead = false,
        };
        var words = new LanguageConfig
        {
            VocabularySize = 151_936, HiddenSize = 896, LayerCount = 24, HeadCount = 14, KeyValueHeadCount = 2, HeadSize = 64, IntermediateSize = 4864,
            MaxPositions = 32_768, RotaryTheta = 1e6, TieEmbeddings = true, ProjectionBias = true, EosTokenIds = [SymbolTokenizer.End],
        };
        return new VisionLanguageModel(
            new NoConditioning(), new EncoderTower(new VisionTransformer(eyes, generator), -1), new MlpConnector(eyes.HiddenSize, words.HiddenSize, 2, 1, generator),
            new CausalLanguageModel(words, generator), new ConcatComposition(), new CausalAttention(), new NoFusion(), SymbolTokenizer.Padding);
    }

    private sealed record StageShape(string Name, string[] Learns, IAttentionPolicy Attention);

    private sealed class LastStep(VisionLanguageModel model, Tensor[] learning) : ITrainingObserver
    {
        public double Seconds { get; private set; }

        public double Loss { get; private set; }

        public int StrayGradients { get; private set; }

        public void OnStep(StepReport report)
        {
            (Seconds, Loss) = (report.Duration.TotalSeconds, report.Loss);
            StrayGradients = model.Parameters().Except(learning).Count(p => p.Grad is not null);
        }

        public void OnSkippedStep(long step, double gradientNorm) => throw new InvalidOperationException($"step {step}: the gradients' norm is {gradientNorm}");
    }
}
