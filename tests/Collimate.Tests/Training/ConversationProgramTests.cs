using Collimate.Alignment;
using Collimate.Alignment.Objectives;
using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Tests.Alignment;
using Collimate.Torch;
using Collimate.Torch.Optimization;
using Collimate.Training;
using Collimate.Training.Programs;

namespace Collimate.Tests.Training;

public sealed class ConversationProgramTests
{
    private static readonly Sample[] Samples =
    [
        Ask("1", [1], "<image>ab", "cd", "a", "gg"), Ask("2", [], "abc", "de"), Ask("3", [2, 3], "<image><image>", "f"),
        Ask("4", [4], "<image>gf", "edcba", "b", "a", "c", "d"), Ask("5", [], "fg", "a"), Ask("6", [5], "<image>e", "eeee"),
    ];

    [Theory]
    [InlineData(null)]
    [InlineData(ScalarType.BFloat16)]
    public void Run_OneWorkerOrTwo_SameBits(ScalarType? precision)
    {
        var one = Train(workers: 1, steps: 4, precision);
        var two = Train(workers: 2, steps: 4, precision);

        Assert.Equal(one.Weights, two.Weights);
        Assert.Equal(one.Losses, two.Losses);
    }

    [Theory]
    [InlineData(1, 1e-5)]
    [InlineData(6, 1e-5)]
    public void Run_OtherNumberOfPieces_SameLossAndGradients(int pieces, double tolerance)
    {
        var three = Train(workers: 1, steps: 1, precision: null, pieces: 3);
        var other = Train(workers: 1, steps: 1, precision: null, pieces: pieces);

        Assert.Equal(three.Losses[0], other.Losses[0], tolerance);
        Assert.Equal(three.Norms[0], other.Norms[0], three.Norms[0] * tolerance * 10);
    }

    [Theory]
    [InlineData(3, null)]
    [InlineData(1, 60)]
    [InlineData(2, 1000)]
    public void Run_Packed_SameLossAndGradientsAndAnyNumberOfWorkers(int pieces, int? positions)
    {
        var apart = Train(workers: 1, steps: 1, precision: null, pieces: 3);
        var packed = Train(workers: 1, steps: 1, precision: null, pieces, packing: new RowPacking(positions));

        Assert.Equal(apart.Losses[0], packed.Losses[0], 1e-5);
        Assert.Equal(apart.Norms[0], packed.Norms[0], apart.Norms[0] * 1e-4);
        Assert.Equal(packed.Weights, Train(workers: 2, steps: 1, precision: null, pieces, packing: new RowPacking(positions)).Weights);
    }

    [Theory]
    [InlineData(2, 1000, 2)]
    [InlineData(3, null, 3)]
    [InlineData(20, 1000, 6)]
    public void Prepare_Packed_KeepsEverySampleItsPicturesAndThePieces(int pieces, int? positions, int expected)
    {
        using var model = TinyVisionModel.Create();
        using var program = Program(model, () => TinyVisionModel.Create(), null, pieces, new RowPacking(positions));

        var prepared = program.Prepare(0);

        Assert.Equal(expected, prepared.Count);
        var names = prepared.Select(piece => piece.Layouts.SelectMany(layout => layout.SampleId.Split(" + ")).ToArray()).ToArray();
        Assert.Equal(Samples.Select(sample => sample.Id).Order(), names.SelectMany(all => all).Order());
        Assert.Equal(names.Select(all => all.Length), prepared.Select(piece => piece.Samples));
        Assert.All(prepared, piece => Assert.Equal((Samples.Length, prepared.Sum(each => each.Layouts.Sum(layout => layout.AnswerCount))), (piece.Rows, piece.AnswerTokens)));
        Assert.All(prepared.Zip(names), pair => Assert.Equal(
            pair.Second.SelectMany(name => Samples.Single(sample => sample.Id == name).Images).SelectMany(image => TinyVisionModel.Processor.Process(image.Load())), pair.First.Pixels));
    }

    [Fact]
    public void Run_FewConversations_LearnsThemByHeartWhileFrozenPartsStay()
    {
        var run = Train(workers: 2, steps: 120, precision: null, deviation: 0.1);

        Assert.True(run.Losses[^1] < run.Losses[0] / 10, $"{run.Losses[0]} became {run.Losses[^1]}");
        Assert.True(run.VisionIsUntouched);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(ScalarType.BFloat16)]
    public void Run_ToTheEnd_LeavesNoTensorBehind(ScalarType? precision)
    {
        var before = SettledTensors.Count();
        Train(workers: 2, steps: 3, precision);
        Assert.Equal(before, LiveTensors.Count);
    }

    [Fact]
    public void Run_ReplicaOfAnotherShape_IsRefusedAndReleased()
    {
        var before = SettledTensors.Count();
        using (var model = TinyVisionModel.Create())
        {
            // A model without eyes has fewer parameters.
            VisionLanguageModel Blind() => new(
                model.Conditioning, new Collimate.Alignment.Towers.NoTower(), new Collimate.Alignment.Connectors.IdentityConnector(),
                Collimate.Tests.Models.Language.TinyDecoder.Create(), model.Composition, model.Attention, model.Fusion, 0);
            using var program = Program(model, Blind, null, 3);
            using var optimizer = new AdamW(program.ParameterGroups);

            Assert.Throws<ArgumentException>(() => Trainer.Run(program, Options(1, 2), optimizer));
        }

        Assert.Equal(before, LiveTensors.Count);
    }

    [Fact]
    public void Prepare_Batch_CutsRowsOfLikeLengthIntoPiecesThatKnowTheWhole()
    {
        using var model = TinyVisionModel.Create();
        using var program = Program(model, () => TinyVisionModel.Create(), null, pieces: 3);

        var pieces = program.Prepare(0);

        Assert.Equal([2, 2, 2], pieces.Select(piece => piece.Layouts.Count));
        Assert.Equal(Samples.Select(sample => sample.Id).Order(), pieces.SelectMany(piece => piece.Layouts.Select(layout => layout.SampleId)).Order());
        Assert.All(pieces.Zip(pieces.Skip(1)), pair => Assert.True(pair.First.Layouts.Max(l => l.Count) <= pair.Second.Layouts.Min(l => l.Count)));
        var answers = pieces.Sum(piece => piece.Layouts.Sum(layout => layout.AnswerCount));
        Assert.All(pieces, piece => Assert.Equal((answers, 6), (piece.AnswerTokens, piece.Rows)));
        foreach (var piece in pieces)
        {
            // Each picture stands beside the row that asks about it.
            var expected = piece.Layouts.SelectMany(layout => Samples.Single(sample => sample.Id == layout.SampleId).Images)
                .SelectMany(image => TinyVisionModel.Processor.Process(image.Load()));
            Assert.Equal(expected, piece.Pixels);
        }
    }

    [Fact]
    public void Prepare_PictureForAModelWithoutEyes_NamesTheSample()
    {
        using var model = TinyVisionModel.Create();
        var blind = TinyVisionModel.Batcher(packed: true) with { Processor = null };
        using var program = new ConversationProgram(
            model, () => TinyVisionModel.Create(), Groups(model), new Repeated(Samples), blind, [(new LanguageObjective(), 1)], new StageOptions("tiny", 6, 2, null));

        var failure = Assert.Throws<DataException>(() => program.Prepare(0));

        Assert.Contains("no vision tower", failure.Message, StringComparison.Ordinal);
        Assert.NotNull(failure.SampleId);
    }

    [Fact]
    public void Prepare_SamplesWithNothingToLearn_AreLeftOutUntilTheyAreMany()
    {
        using var model = TinyVisionModel.Create();
        var barren = Ask("barren", [], "ab", "cd") with { Conversation = [new Turn("user", "ab")] };
        using var program = Over([.. Samples, barren]);
        Assert.Equal(Samples.Length, program.Prepare(0).Sum(piece => piece.Layouts.Count));
        var failure = Assert.Throws<DataException>(() => program.Prepare(1));
        Assert.StartsWith("2 of 14 samples hold nothing to learn, more than 1 in 100", failure.Message, StringComparison.Ordinal);
        Assert.Contains("The first: barren: ", failure.Message, StringComparison.Ordinal);

        using var none = Over([barren]);
        Assert.Contains("barren: no sample of this batch has a token to learn", Assert.Throws<DataException>(() => none.Prepare(0)).Message, StringComparison.Ordinal);

        ConversationProgram Over(Sample[] samples) => new(
            model, () => TinyVisionModel.Create(), Groups(model), new Repeated(samples), TinyVisionModel.Batcher(packed: true), [(new LanguageObjective(), 1)],
            new StageOptions("tiny", samples.Length, 2, null));
    }

    [Fact]
    public void Prepare_SampleLongerThanTheContext_NamesItAndBothLengths()
    {
        var batcher = TinyVisionModel.Batcher(packed: true) with { ContextLength = 12 };

        var failure = Assert.Throws<DataException>(() => batcher.Render(Ask("long", [1], "<image>abcdefg", "abc")));

        // user, assistant and end marks, 10 letters, 4 visual tokens
        Assert.StartsWith("long: the conversation takes 17 tokens (1 pictures of 4 among them), the model's context holds 12", failure.Message, StringComparison.Ordinal);
    }

    private static (byte[] Weights, double[] Losses, double[] Norms, bool VisionIsUntouched) Train(
        int workers, long steps, ScalarType? precision, int pieces = 3, double deviation = 0.2, RowPacking? packing = null)
    {
        using var model = TinyVisionModel.Create(5, deviation);
        var eyes = VisionBytes(model);
        using var program = Program(model, () => TinyVisionModel.Create(6), precision, pieces, packing);
        using var optimizer = new AdamW(program.ParameterGroups);
        var recorder = new Recorder();
        Trainer.Run(program, Options(steps, workers), optimizer, recorder);
        Assert.Empty(recorder.Skipped);
        return (
            Bytes(model.NamedParameters()), [.. recorder.Steps.Select(step => step.Loss)], [.. recorder.Steps.Select(step => step.GradientNorm)],
            eyes.SequenceEqual(VisionBytes(model)));
    }

    private static ConversationProgram Program(VisionLanguageModel model, Func<VisionLanguageModel> makeReplica, ScalarType? precision, int pieces, RowPacking? packing = null) => new(
        model, makeReplica, Groups(model), new Repeated(Samples), TinyVisionModel.Batcher(packed: true), [(new LanguageObjective(), 1)],
        new StageOptions("tiny", Samples.Length, pieces, precision) { Packing = packing });

    private static ParameterGroup[] Groups(VisionLanguageModel model)
    {
        model.SetRequiresGrad(false);
        var learning = model.NamedParameters().Where(p => !p.Name.StartsWith("vision_tower.", StringComparison.Ordinal)).Select(p => p.Value).ToArray();
        Array.ForEach(learning, parameter => parameter.RequiresGrad = true);
        return [new ParameterGroup("all", learning) { LearningRate = 0.01 }];
    }

    private static TrainingOptions Options(long steps, int workers) =>
        new() { Steps = steps, Workers = workers, Schedule = LearningRateSchedule.Constant(steps) };

    private static byte[] VisionBytes(VisionLanguageModel model) =>
        Bytes(model.NamedParameters().Where(p => p.Name.StartsWith("vision_tower.", StringComparison.Ordinal)));

    private static byte[] Bytes(IEnumerable<(string Name, Tensor Value)> parameters) =>
        [.. parameters.SelectMany(p => p.Value.ToArray<float>()).SelectMany(BitConverter.GetBytes)];

    private static Sample Ask(string id, int[] pictures, params string[] said) => new(
        id, [.. pictures.Select(TinyVisionModel.Picture)], [.. said.Select((words, at) => new Turn(at % 2 == 0 ? "user" : "assistant", words))]);

    private sealed class Repeated(Sample[] samples) : ISampleSource
    {
        public IReadOnlyList<Sample> Draw(long step, int count) => [.. samples.Take(count)];
    }
}
