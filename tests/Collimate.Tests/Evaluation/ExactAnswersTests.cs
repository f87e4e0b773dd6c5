using Collimate.Alignment;
using Collimate.Data.Conversations;
using Collimate.Evaluation;
using Collimate.Generation;
using Collimate.Tests.Alignment;
using Collimate.Tests.Alignment.TokenMixer;
using Collimate.Torch;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Evaluation;

public sealed class ExactAnswersTests
{
    private const int LongestAnswer = 8;

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // the picture's tokens stand elsewhere for every question
    public void Check_AnyQuestionsAndTruths_EqualsRealGreedyGeneration(bool ordersByQuestion)
    {
        var verdicts = new List<bool>();
        Prop.ForAll(Gen.Choose(1, 8).ToArbitrary(), TinyVisionModel.AnySample.Generator.ListOf(4).ToArbitrary(), (seed, samples) =>
        {
            using var scope = new TensorScope();
            using var model = ordersByQuestion ? MixerSamples.Model(MixerSamples.Mixer(), (ulong)seed) : TinyVisionModel.Create((ulong)seed);
            // Where it can be written down, half of the truths are what the model really says; the rest stay random.
            var asked = samples.Select(sample => WithTruths(model, sample)).ToArray();

            var checkedAll = ExactAnswers.Check(model, asked, TinyVisionModel.Batcher(packed: true), batchSize: 3);

            Assert.Equal(asked.Length, checkedAll.Length);
            foreach (var (sample, verdict) in asked.Zip(checkedAll))
            {
                var expected = TinyVisionModel.Alone(sample).Select(alone => Says(model, alone) == alone.Conversation[^1].Text).ToArray();
                Assert.Equal(expected, verdict);
                verdicts.AddRange(verdict);
            }
        }).Check(Properties.Hold.WithMaxTest(25));

        Assert.Contains(true, verdicts);
        Assert.Contains(false, verdicts);
    }

    [Fact]
    public void Check_Joined_GivesOneVerdictASample()
    {
        using var model = TinyVisionModel.Create();
        var sample = new Sample("s", [], [new Turn("user", "a"), new Turn("assistant", "b"), new Turn("user", "c"), new Turn("assistant", "d")]);

        Assert.Single(ExactAnswers.Check(model, [sample], TinyVisionModel.Batcher(packed: false))[0]);
        Assert.Equal(2, ExactAnswers.Check(model, [sample], TinyVisionModel.Batcher(packed: true))[0].Length);
    }

    [Fact]
    public void Check_ThenDispose_LeavesNoTensorBehind()
    {
        var before = SettledTensors.Count();
        using (var model = TinyVisionModel.Create())
        {
            ExactAnswers.Check(model, [.. TinyVisionModel.AnySample.Generator.Sample(5)], TinyVisionModel.Batcher(packed: true), batchSize: 2);
        }

        Assert.Equal(before, LiveTensors.Count);
    }

    [Fact]
    public void Check_Cancelled_Stops()
    {
        using var model = TinyVisionModel.Create();
        var samples = TinyVisionModel.AnySample.Generator.Sample(3);
        Assert.Throws<OperationCanceledException>(() =>
            ExactAnswers.Check(model, [.. samples], TinyVisionModel.Batcher(packed: true), cancellation: new CancellationToken(canceled: true)));
    }

    private static Sample WithTruths(VisionLanguageModel model, Sample sample)
    {
        var turns = sample.Conversation.ToArray();
        var exchange = 0;
        foreach (var alone in TinyVisionModel.Alone(sample))
        {
            var answer = Array.FindIndex(turns, turn => turn.Role == "assistant") + (2 * exchange++);
            if (exchange % 2 == 1 && Says(model, alone) is { } said)
            {
                turns[answer] = turns[answer] with { Text = said };
            }
        }

        return sample with { Conversation = turns };
    }

    // What the model answers, or null where it says something that no text says: a marker in the middle, or no end.
    private static string? Says(VisionLanguageModel model, Sample sample)
    {
        using var scope = new TensorScope();
        var tokenizer = TinyVisionModel.Tokenizer;
        using var session = new VisionLanguageSession(model, TinyVisionModel.Batcher(packed: true).ToBatch([sample], forGeneration: true, Device.Cpu));
        var row = new TextGenerator().Generate(session, [[]], new GenerationOptions { MaxNewTokens = LongestAnswer, StopTokens = [tokenizer.EosId] })[0];
        return row.Reason == StopReason.StopToken && row.Tokens.All(token => token > tokenizer.ImageId) ? tokenizer.Decode([.. row.Tokens]) : null;
    }
}
