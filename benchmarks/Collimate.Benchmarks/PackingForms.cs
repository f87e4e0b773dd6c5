using Collimate.Alignment;
using Collimate.Alignment.Objectives;
using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Data.Scenes;
using Collimate.Imaging;
using Collimate.Tokenization;
using Collimate.Torch;
using Collimate.Torch.Optimization;
using Collimate.Training;
using Collimate.Training.Programs;

namespace Collimate.Benchmarks;

/// <summary>What packing and grouping by length save on the gym's captions and questions, from one exchange about a picture to twelve: padding, and processor time.</summary>
internal static class PackingForms
{
    private const int Batch = 24;
    private const int Warmup = 3;
    private const int WholeWindow = LengthGroupedSource.UsualWindow - Warmup;

    private static readonly (string Name, RowPacking? Packing, int? Window)[] Forms =
    [
        ("a row for each sample, in random batches", null, null),
        ("group_by_length: true", null, LengthGroupedSource.UsualWindow),
        ("packing: true", new RowPacking(null), null),
        ("packing: 512", new RowPacking(512), null),
        ("packing: 512, group_by_length: true", new RowPacking(512), LengthGroupedSource.UsualWindow),
    ];

    public static void Run(Options options, ResultFile page)
    {
        var (steps, rounds) = (options.Number("steps", WholeWindow), options.Number("rounds", 3));
        var pieces = options.Number("pieces", 4);
        var source = new MixedScenes();
        var tokenizer = SceneTokenizer.Train(SceneSampleSource.World, GymModel.Vocabulary);
        var rates = Forms.Select(_ => new List<double>()).ToArray();
        var padding = new double[Forms.Length];
        for (var round = 0; round < rounds; round++)
        {
            for (var k = 0; k < Forms.Length; k++)
            {
                var (rate, share) = Measure(source, tokenizer, Forms[k].Packing, Forms[k].Window, steps, pieces, options.Precision);
                rates[k].Add(rate);
                padding[k] = share;
            }
        }

        page.Add($"Batches of {Batch} in {pieces} pieces, {options.Text("dtype", "fp32")}, {steps} steps after {Warmup}, one worker, data included; tokens that are no padding a second of processor time, medians of {rounds} rounds in turns.");
        page.Add("");
        page.Add("| stage | padding | tokens / s | ratio |");
        page.Add("|---|---|---|---|");
        for (var k = 0; k < Forms.Length; k++)
        {
            page.Add($"| {Forms[k].Name} | {padding[k]:P1} | {Peer.Median(rates[k]):F0} | {Peer.Median([.. rates[k].Zip(rates[0], (mine, plain) => mine / plain)]):F2} |");
        }
    }

    private static (double TokensPerSecond, double Padding) Measure(ISampleSource source, BytePairTokenizer tokenizer, RowPacking? packing, int? window, int steps, int pieces, ScalarType? precision)
    {
        using var model = GymModel.Full.Create();
        var groups = GymModel.Groups(model);
        using var optimizer = new AdamW(groups);
        var processor = new ImageProcessor(new ImageTransform { ExactSize = new ImageSize(GymModel.ImageSize, GymModel.ImageSize), RescaleFactor = 1 / 255.0 });
        var batcher = new ConversationBatcher(tokenizer, ChatTemplate.Gym, processor, ContextLength: 512, GymModel.Patches, Packed: true);
        var ordered = window is { } batches ? new LengthGroupedSource(source, batcher.Length, Batch, batches, seed: 1) : source;
        using var program = new ConversationProgram(
            model, GymModel.Full.Create, groups, ordered, batcher, [(new LanguageObjective(), 1)], new StageOptions("packing", Batch, pieces, precision) { Packing = packing });
        var meter = new Meter();
        Trainer.Run(program, new TrainingOptions { Steps = Warmup + steps, Workers = 1, Schedule = LearningRateSchedule.Constant(Warmup + steps) }, optimizer, meter);
        return (meter.Tokens / (meter.End - meter.Begin).TotalSeconds, meter.Padding / steps);
    }

    private sealed class Meter : ITrainingObserver
    {
        public TimeSpan Begin { get; private set; }

        public TimeSpan End { get; private set; }

        public long Tokens { get; private set; }

        public double Padding { get; private set; }

        public void OnStep(StepReport report)
        {
            End = Environment.CpuUsage.TotalTime;
            if (report.Step == Warmup)
            {
                Begin = End;
            }
            else if (report.Step > Warmup)
            {
                Tokens += report.Tokens;
                Padding += report.Measures["batch/padding"];
            }
        }

        public void OnSkippedStep(long step, double gradientNorm)
        {
        }
    }

    /// <summary>By turns a caption, one question, four and twelve.</summary>
    private sealed class MixedScenes : ISampleSource
    {
        private readonly SceneSampleSource[] sources =
        [
            new(new SceneSourceOptions { Content = SceneContent.Captions, Seed = 1 }),
            .. new[] { 1, 4, 12 }.Select(questions => new SceneSampleSource(new SceneSourceOptions { QuestionsPerScene = questions, Seed = 1 + questions })),
        ];

        public IReadOnlyList<Sample> Draw(long step, int count) => [.. Enumerable.Range(0, count).Select(k => At((step * count) + k))];

        public Sample At(long place) => sources[place % sources.Length].Draw(place / sources.Length, 1)[0];
    }
}
