using Collimate.Alignment;
using Collimate.Alignment.Attention;
using Collimate.Alignment.Composition;
using Collimate.Alignment.Conditioning;
using Collimate.Alignment.Connectors;
using Collimate.Alignment.Fusion;
using Collimate.Alignment.Objectives;
using Collimate.Alignment.Towers;
using Collimate.Data.Conversations;
using Collimate.Models.Language;
using Collimate.Models.Vision;
using Collimate.Torch;
using Collimate.Torch.Optimization;
using Collimate.Training;

namespace Collimate.Benchmarks;

/// <summary>The training step that <c>peers/decoder_step.py</c> takes, with the same sizes and data: a frozen eye, a connector, a decoder, AdamW.</summary>
internal sealed class GymStep : IDisposable
{
    private const int Patches = 64;
    private const int Questions = 6;
    private const int Answer = 3;

    private readonly VisionLanguageModel model;
    private readonly AdamW optimizer;
    private readonly Tensor[] learning;
    private readonly Batch batch;
    private readonly ScalarType? precision;

    internal GymStep(int rows, int tokens, int vocabulary, ScalarType? precision)
    {
        this.precision = precision;
        using var generator = new Generator(0);
        var vision = new VisionTransformer(new VisionConfig { HiddenSize = 160, LayerCount = 5, HeadCount = 5, IntermediateSize = 640, ImageSize = 96, PatchSize = 12, HasPoolingHead = false }, generator);
        var language = new CausalLanguageModel(new LanguageConfig
        {
            VocabularySize = vocabulary, HiddenSize = 192, LayerCount = 6, HeadCount = 6, KeyValueHeadCount = 2, HeadSize = 32, IntermediateSize = 512,
            TieEmbeddings = true, ProjectionBias = true,
        }, generator);
        model = new VisionLanguageModel(
            new NoConditioning(), new EncoderTower(vision, -1), new MlpConnector(160, 192, 2, 1, generator), language,
            new ConcatComposition(), new CausalAttention(), new NoFusion(), padTokenId: 0);
        vision.SetRequiresGrad(false);
        learning = [.. model.Parameters().Where(p => p.RequiresGrad)];
        optimizer = new AdamW([new ParameterGroup("all", learning) { LearningRate = 1e-3, WeightDecay = 0.01 }]);
        var pixels = Tensor.RandomUniform([rows, 3, 96, 96], generator).Keep();
        batch = new Batch([.. Enumerable.Range(0, rows).Select(row => Layout(row, tokens - Patches, vocabulary))], pixels);
    }

    internal double Run()
    {
        using var scope = new TensorScope();
        Tensor loss;
        using (Autocast.EnableIf(precision))
        {
            loss = new LanguageObjective().Loss(model.Forward(batch), new BatchShare(batch.AnswerTokens, batch.Rows, default(StepClock)));
        }

        loss.Backward();
        GradientClipping.ClipByNorm(learning, 1);
        optimizer.Step();
        optimizer.ZeroGradients();
        return loss.Item();
    }

    public void Dispose()
    {
        batch.Dispose();
        optimizer.Dispose();
        model.Dispose();
    }

    // The picture, which all see, then six questions whose last three tokens are answers.
    private static TokenLayout Layout(int row, int text, int vocabulary)
    {
        var random = new Random(row);
        var count = text + 1;
        var (ids, kinds, turns, images, documents) = (new int[count], new TokenKind[count], new int[count], new int[count], new int[count]);
        Array.Fill(images, -1);
        (kinds[0], images[0]) = (TokenKind.Image, 0);
        var share = text / Questions;
        for (var k = 0; k < text; k++)
        {
            var question = Math.Min(k / share, Questions - 1);
            ids[k + 1] = random.Next(vocabulary);
            documents[k + 1] = question + 1;
            kinds[k + 1] = k - (question * share) is var place && place >= share - Answer && place < share ? TokenKind.Answer : TokenKind.Prompt;
        }

        return new TokenLayout(ids, kinds, turns, images, documents, new (int, int)[count], "");
    }
}
