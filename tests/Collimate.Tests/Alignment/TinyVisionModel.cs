using Collimate.Alignment;
using Collimate.Alignment.Attention;
using Collimate.Alignment.Composition;
using Collimate.Alignment.Conditioning;
using Collimate.Alignment.Connectors;
using Collimate.Alignment.Fusion;
using Collimate.Alignment.Towers;
using Collimate.Data.Conversations;
using Collimate.Imaging;
using Collimate.Models.Vision;
using Collimate.Tests.Models.Language;
using Collimate.Torch;
using Collimate.Training.Programs;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Alignment;

/// <summary>A whole vision-language model small enough to run in a millisecond, with weights large enough that every part of it matters.</summary>
internal static class TinyVisionModel
{
    public const int PatchesPerImage = 4;

    public static readonly LetterTokenizer Tokenizer = new();

    /// <summary>The decoder's width.</summary>
    public static int HiddenSize => TinyDecoder.Config.HiddenSize;

    private static readonly VisionConfig Vision = new()
    {
        HiddenSize = 16, LayerCount = 2, HeadCount = 4, IntermediateSize = 24, ImageSize = 8, PatchSize = 4, HasPoolingHead = false,
    };

    /// <summary>A sample of one to three exchanges with up to two pictures before them, said in random letters.</summary>
    public static Arbitrary<Sample> AnySample { get; } = Arb.From(
        from system in Words(0, 3)
        from pictures in Gen.Choose(0, 2)
        from inUserTurn in Gen.Elements(true, false)
        from exchanges in Gen.Choose(1, 3)
        from said in Gen.ArrayOf(Words(1, 6), exchanges * 2)
        from colours in Gen.ArrayOf(Gen.Choose(0, 255), pictures)
        select MakeSample(system, colours, inUserTurn, said));

    /// <summary>Prepares pictures for the model.</summary>
    public static ImageProcessor Processor { get; } = new(new ImageTransform { ExactSize = new ImageSize(8, 8) });

    public static ConversationBatcher Batcher(bool packed, int tokensPerImage = PatchesPerImage) =>
        new(Tokenizer, LetterTokenizer.Template, Processor, ContextLength: 128, tokensPerImage, packed);

    /// <summary>A question about pictures, and its answer.</summary>
    public static Sample Asked(string question, string answer, params int[] pictures) => MakeSample("", pictures, inUserTurn: true, [question, answer]);

    public static VisionLanguageModel Create(
        ulong seed = 1, double deviation = 0.2, Func<EncoderTower, Generator, IConditioning>? conditioning = null, Func<IVisionTower, Generator, IConnector>? connector = null)
    {
        using var generator = new Generator(seed);
        var config = TinyDecoder.Config with { VocabularySize = Tokenizer.VocabularySize, MaxPositions = 128, EosTokenIds = [Tokenizer.EosId] };
        var language = TinyDecoder.Create(seed, config);
        var tower = new EncoderTower(new VisionTransformer(Vision, generator), -1);
        var model = new VisionLanguageModel(
            conditioning?.Invoke(tower, generator) ?? new NoConditioning(), tower, connector?.Invoke(tower, generator) ?? new MlpConnector(16, config.HiddenSize, 2, 1, generator),
            language, new ConcatComposition(), new CausalAttention(), new NoFusion(), Tokenizer.PadId);
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        foreach (var (name, value) in model.NamedParameters())
        {
            var centre = name.Contains("norm", StringComparison.Ordinal) && name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0;
            value.CopyFrom_((Tensor.RandomNormal(value.Shape, generator) * deviation) + centre);
        }

        return model;
    }

    /// <summary>A picture that differs from patch to patch and from number to number.</summary>
    public static ImageSource Picture(int number)
    {
        var pixels = new byte[8 * 8 * 3];
        new Random(number).NextBytes(pixels);
        return ImageSource.FromImage(new Image(8, 8, 3, pixels));
    }

    /// <summary>A question and its answer about some pictures.</summary>
    public static Sample SampleWith(int pictures) => MakeSample("", [.. Enumerable.Range(1, pictures)], inUserTurn: true, ["ab", "cd"]);

    /// <summary>Every exchange of a sample as a sample of its own, with the pictures and the system text that all share.</summary>
    public static IEnumerable<Sample> Alone(Sample sample)
    {
        var shared = sample.Conversation.TakeWhile(turn => turn.Role == "system").ToArray();
        var said = sample.Conversation.Skip(shared.Length).ToArray();
        var markers = string.Concat(Enumerable.Repeat(ConversationRenderer.ImageMarker, ConversationRenderer.CountImages(said[0])));
        foreach (var (at, exchange) in said.Chunk(2).Index())
        {
            var question = at == 0 ? exchange[0] : exchange[0] with { Text = markers + exchange[0].Text };
            yield return sample with { Id = $"{sample.Id}/{at}", Conversation = [.. shared, question, exchange[1]] };
        }
    }

    private static Sample MakeSample(string system, int[] pictures, bool inUserTurn, string[] said)
    {
        var markers = string.Concat(Enumerable.Repeat(ConversationRenderer.ImageMarker, pictures.Length));
        var turns = new List<Turn>();
        if (system.Length > 0 || !inUserTurn)
        {
            turns.Add(new Turn("system", (inUserTurn ? "" : markers) + system));
        }

        turns.AddRange(said.Select((words, at) => at % 2 == 0 ? new Turn("user", (at == 0 && inUserTurn ? markers : "") + words) : new Turn("assistant", words)));
        return new Sample("tiny", [.. pictures.Select(Picture)], turns);
    }

    private static Gen<string> Words(int least, int most) =>
        from length in Gen.Choose(least, most)
        from letters in Gen.ArrayOf(Gen.Elements(LetterTokenizer.Letters.ToCharArray()), length)
        select new string(letters);
}
