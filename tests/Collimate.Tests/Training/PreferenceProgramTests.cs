using Collimate.Adapters;
using Collimate.Alignment;
using Collimate.Alignment.Objectives;
using Collimate.Alignment.Objectives.Preference;
using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Tests.Alignment;
using Collimate.Tests.Alignment.Preference;
using Collimate.Torch;
using Collimate.Torch.Optimization;
using Collimate.Training;
using Collimate.Training.Programs;

namespace Collimate.Tests.Training;

/// <summary>Pairs of answers as pieces of batches.</summary>
public sealed class PreferenceProgramTests
{
    [Theory]
    [InlineData(false, 1)]
    [InlineData(false, 6)]
    [InlineData(true, 2)]
    public void Run_OtherNumberOfPieces_SameLossesAndGradients(bool adapters, int pieces)
    {
        var three = Train(adapters, pieces: 3, steps: 2);
        var other = Train(adapters, pieces, steps: 2);

        Assert.Equal(three.Losses[0], other.Losses[0], 1e-6);
        Assert.Equal(three.Losses[1], other.Losses[1], 1e-3);
        Assert.Equal(three.Norms[0], other.Norms[0], three.Norms[0] * 1e-3);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Run_OneWorkerOrTwo_SameBitsAndNoTensorLeftBehind(bool adapters)
    {
        var before = SettledTensors.Count();
        var one = Train(adapters, pieces: 3, steps: 3, workers: 1);
        var two = Train(adapters, pieces: 3, steps: 3, workers: 2);

        Assert.Equal(one.Losses, two.Losses);
        Assert.Equal(one.Weights, two.Weights);
        Assert.Equal(Math.Log(2), one.Losses[0], 1e-6);
        Assert.NotEqual(Math.Log(2), one.Losses[2], 1e-3);
        Assert.Equal(before, LiveTensors.Count);
    }

    [Fact]
    public void Run_ManySteps_PrefersTheChosenAnswers()
    {
        var run = Train(adapters: false, pieces: 2, steps: 40);

        Assert.True(run.Losses[^1] < 0.3, $"{run.Losses[^1]}");
        Assert.Equal(1, run.Measures[^1]["dpo/accuracy"]);
        Assert.True(run.Measures[^1]["dpo/chosen_reward"] > run.Measures[^1]["dpo/rejected_reward"]);
    }

    [Fact]
    public void Prepare_Pairs_KeepsBothAnswersInOnePieceAndEveryPictureOnce()
    {
        using var model = TinyVisionModel.Create();
        using var program = Program(model, TinyPairs.Batcher(), new LanguageObjective(), 3, TinyPairs.Samples);

        var pieces = program.Prepare(0);

        Assert.Equal([2, 2, 2], pieces.Select(piece => piece.Samples));
        Assert.All(pieces, piece => Assert.Equal(
            (4, 6, TinyPairs.Samples.Sum(sample => TinyPairs.Batcher().Row(sample).Layout.AnswerCount)), (piece.Layouts.Count, piece.Rows, piece.AnswerTokens)));
        Assert.All(pieces, piece => Assert.Equal(piece.Layouts.Take(2).Select(layout => layout.SampleId), piece.Layouts.Skip(2).Select(layout => layout.SampleId)));
        Assert.Equal(TinyPairs.Samples.Sum(sample => sample.Images.Count), pieces.Sum(piece => piece.Images.Count));
    }

    [Fact]
    public void Row_ExchangesWithEqualAnswers_ArePromptOnBothSides()
    {
        var row = TinyPairs.Batcher(packed: false).Row(TinyPairs.Pair("p", [], "a", "b", "b", "c", "d", "e"));

        Assert.Equal(2, row.Layout.AnswerCount); // d and the end mark
        Assert.Equal(2, row.Rejected!.AnswerCount);
        Assert.Equal(4, TinyVisionModel.Batcher(packed: false).Row(TinyPairs.Pair("p", [], "a", "b", "b", "c", "d", "e")).Layout.AnswerCount);
    }

    [Theory]
    [InlineData("one answer", "compares two")]
    [InlineData("equal", "are the same")]
    [InlineData("other question", "differ in more than their answers")]
    [InlineData("shorter", "differ in more than their answers")]
    public void Row_NoPreference_NamesTheSample(string fault, string expected)
    {
        var pair = TinyPairs.Pair("odd", [], "a", "b", "c");
        var sample = fault switch
        {
            "one answer" => pair with { Rejected = null },
            "equal" => pair with { Rejected = pair.Conversation },
            "other question" => pair with { Rejected = [new Turn("user", "g"), pair.Rejected![1]] },
            _ => pair with { Rejected = [.. pair.Rejected!.Take(1)] },
        };

        var failure = Assert.Throws<DataException>(() => TinyPairs.Batcher().Row(sample));
        Assert.StartsWith("odd: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    private static (byte[] Weights, double[] Losses, double[] Norms, IReadOnlyDictionary<string, double>[] Measures) Train(bool adapters, int pieces, long steps, int workers = 1)
    {
        using var model = Create(adapters, 5);
        var names = model.NamedParameters().Where(p => p.Value.RequiresGrad).Select(p => p.Name).ToArray();
        IReferenceModel reference = adapters ? new AdaptersOff(_ => true) : FrozenCopy.Of(model, names, () => TinyVisionModel.Create(8));
        using var set = new ObjectiveSet([(new PreferenceObjective(reference, beta: 0.5), 1)]);
        set.AttachTo(model);
        using var program = Program(model, TinyPairs.Batcher(), set.Objectives[0].Objective, pieces, TinyPairs.Samples, () =>
        {
            var replica = Create(adapters, 6);
            set.ForReplica().AttachTo(replica);
            return replica;
        });
        using var optimizer = new AdamW(program.ParameterGroups);
        var recorder = new Recorder();
        Trainer.Run(program, new TrainingOptions { Steps = steps, Workers = workers, Schedule = LearningRateSchedule.Constant(steps) }, optimizer, recorder);
        model.Detach(set);
        return (
            [.. model.NamedParameters().SelectMany(p => p.Value.ToArray<float>()).SelectMany(BitConverter.GetBytes)], [.. recorder.Steps.Select(step => step.Loss)],
            [.. recorder.Steps.Select(step => step.GradientNorm)], [.. recorder.Steps.Select(step => step.Measures)]);
    }

    private static VisionLanguageModel Create(bool adapters, ulong seed)
    {
        var model = TinyVisionModel.Create(seed);
        if (adapters)
        {
            using var generator = new Generator(2);
            AdapterSet.Of(model).Add("a", new AdapterConfig { Targets = ModulePattern.Of("q_proj", "down_proj"), Rank = 2 }, generator);
        }
        else
        {
            model.SetRequiresGrad(false);
            foreach (var (_, parameter) in model.NamedParameters().Where(p => !p.Name.StartsWith("vision_tower.", StringComparison.Ordinal)))
            {
                parameter.RequiresGrad = true;
            }
        }

        return model;
    }

    private static ConversationProgram Program(
        VisionLanguageModel model, ConversationBatcher batcher, IObjective objective, int pieces, Sample[] samples, Func<VisionLanguageModel>? makeReplica = null) => new(
        model, makeReplica ?? (() => TinyVisionModel.Create()), [new ParameterGroup("all", [.. model.Parameters().Where(parameter => parameter.RequiresGrad)]) { LearningRate = 0.01 }],
        new TinyPairs.Source(samples), batcher, [(objective, 1)], new StageOptions("tiny", samples.Length, pieces, null));
}
