using System.Diagnostics;
using Collimate.Alignment;
using Collimate.Alignment.Objectives;
using Collimate.Data.Conversations;
using Collimate.Torch;
using Collimate.Torch.Optimization;
using Collimate.Training;

namespace Collimate.Benchmarks;

/// <summary>
/// The gym model's training step on the batch of <c>peers/decoder_step.py</c>: in each row a picture of 64 tokens and six questions that see the
/// picture and themselves, the last three tokens of each an answer to learn.
/// </summary>
internal sealed class TrainingStep : IDisposable
{
    private const int Questions = 6;
    private const int Answer = 3;

    private readonly VisionLanguageModel model = GymModel.Full.Create();
    private readonly LanguageObjective objective = new();
    private readonly AdamW optimizer;
    private readonly Tensor[] learning;
    private readonly Batch batch;
    private readonly ScalarType? precision;

    public TrainingStep(int rows, int tokens, ScalarType? precision)
    {
        if (tokens % 16 != 0 || tokens < GymModel.Patches + (Questions * (Answer + 1)))
        {
            throw new ArgumentException($"--tokens must be a multiple of 16 (rows are filled up to one) with room for 64 image tokens and {Questions} questions, found {tokens}");
        }

        this.precision = precision;
        var random = new Random(0);
        using var generator = new Generator(0);
        var pixels = Tensor.RandomUniform([rows, 3, GymModel.ImageSize, GymModel.ImageSize], generator).Keep();
        batch = new Batch([.. Enumerable.Range(0, rows).Select(_ => Row(random, tokens - GymModel.Patches))], pixels);
        var groups = GymModel.Groups(model);
        learning = [.. groups[0].Parameters];
        optimizer = new AdamW(groups);
    }

    public double Loss { get; private set; }

    public int Labels => batch.AnswerTokens;

    public long ParameterCount => learning.Sum(p => p.ElementCount);

    /// <summary>One step; the milliseconds of its parts.</summary>
    public (double Forward, double Backward, double Update) Run()
    {
        var clock = Stopwatch.StartNew();
        using var scope = new TensorScope();
        Tensor loss;
        using (Autocast.EnableIf(precision))
        {
            loss = objective.Loss(model.Forward(batch), new BatchShare(batch.AnswerTokens, batch.Rows, new StepClock(0, 1)));
        }

        var forward = clock.Elapsed;
        loss.Backward();
        var backward = clock.Elapsed;
        optimizer.Step(GradientClipping.Measure(learning, 1).Factor);
        optimizer.ZeroGradients();
        Loss = loss.Item();
        return (forward.TotalMilliseconds, (backward - forward).TotalMilliseconds, (clock.Elapsed - backward).TotalMilliseconds);
    }

    public void Dispose()
    {
        optimizer.Dispose();
        batch.Dispose();
        model.Dispose();
    }

    private static TokenLayout Row(Random random, int text)
    {
        var share = text / Questions;
        var (ids, kinds, documents) = (new int[text + 1], new TokenKind[text + 1], new int[text + 1]);
        var images = new int[text + 1];
        images.AsSpan(1).Fill(-1);
        (ids[0], kinds[0]) = (4, TokenKind.Image);
        for (var k = 0; k < text; k++)
        {
            var question = Math.Min(k / share, Questions - 1);
            ids[k + 1] = random.Next(5, GymModel.Vocabulary);
            kinds[k + 1] = k - (question * share) is var place && place >= share - Answer && place < share ? TokenKind.Answer : TokenKind.Prompt;
            documents[k + 1] = question + 1;
        }

        return new TokenLayout(ids, kinds, new int[text + 1], images, documents, new (int, int)[text + 1], "");
    }
}
