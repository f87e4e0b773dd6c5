using Collimate.Alignment;
using Collimate.Alignment.Objectives;
using Collimate.Data.Conversations;
using Collimate.Tests.Models;
using Collimate.Torch;
using Collimate.Training;
using FsCheck;
using FsCheck.Fluent;
using static Collimate.Data.Conversations.TokenKind;

namespace Collimate.Tests.Alignment;

public sealed class SequenceTests
{
    private const int None = Positions.NoLabel;

    [Fact]
    public void Build_TwoPackedExchanges_PlacesEverything()
    {
        using var scope = new TensorScope();
        // system, picture of two tokens, then user question assistant answer end, twice
        var layout = Layout(
            [10, 4, 1, 11, 2, 12, 3, 1, 13, 2, 14, 3],
            [TokenKind.System, TokenKind.Image, Marker, Prompt, Marker, Answer, Answer, Marker, Prompt, Marker, Answer, Answer],
            [0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2]);
        using var batch = new Batch([layout], Tensor.Zeros([1, 3, 8, 8]));
        int[] order = [2, 0, 1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]; // sources: two visual tokens, then the twelve of the layout

        var built = Sequence.Build(Numbered(1000, 1, 2), Numbered(0, 1, 12), batch, new Order([order]));

        var positions = built.Positions;
        Assert.Equal((1, 16, 13), (positions.Rows, positions.Length, positions.RowLengths[0]));
        Assert.Equal([0, 1000, 1001, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], Values(built)[..13]);
        Assert.Equal([TokenKind.System, TokenKind.Image, TokenKind.Image, Marker, Prompt, Marker, Answer, Answer, Marker, Prompt, Marker, Answer, Answer, Padding, Padding, Padding], positions.Kinds);
        Assert.Equal([None, None, None, None, None, 12, 3, None, None, None, 14, 3, None, None, None, None], positions.Labels);
        Assert.Equal([0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 0, 0, 0], positions.Documents);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 3, 4, 5, 6, 7, 0, 0, 0], positions.PositionIds);
        Assert.Equal([-1, 0, 0, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1], positions.Images);
        Assert.Equal([-1, 0, 1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1], positions.Patches);
        Assert.Equal([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0], positions.Valid());
    }

    [Fact]
    public void Build_AnswersFirstTokenOfAnotherDocument_IsNoLabelOfTheOneBefore()
    {
        using var scope = new TensorScope();
        var layout = Layout([10, 11, 12], [Prompt, Answer, Answer], [1, 1, 2]);
        using var batch = new Batch([layout], null);

        var positions = Sequence.Build(null, Numbered(0, 1, 3), batch, new Order([[0, 1, 2]])).Positions;

        Assert.Equal([11, None, None], positions.Labels[..3]);
    }

    [Fact]
    public void Build_RowsOfNoneOneAndTwoPictures_GivesEachItsOwn()
    {
        using var scope = new TensorScope();
        TokenLayout[] layouts =
        [
            Layout([5, 6], [Prompt, Prompt], [0, 0]),
            Layout([4, 5], [TokenKind.Image, Prompt], [0, 0]),
            Layout([4, 5, 4], [TokenKind.Image, Prompt, TokenKind.Image], [0, 0, 0]),
        ];
        using var batch = new Batch(layouts, Tensor.Zeros([3, 3, 8, 8]));
        var visual = Numbered(1000, 3, 2); // [3, 2, 1]: 1000 to 1005

        var built = Sequence.Build(visual, Numbered(0, 3, 3), batch, new Order([[0, 1], [0, 1, 3], [0, 1, 5, 2, 3]]));

        Assert.Equal([0f, 1], Row(built, 0)[..2]);
        Assert.Equal([1000f, 1001, 4], Row(built, 1)[..3]);
        Assert.Equal([1002f, 1003, 7, 1004, 1005], Row(built, 2)[..5]);
        Assert.Equal([0, 0, -1, 1, 1], built.Positions.Images.AsSpan(32, 5).ToArray());
        Assert.Equal([0, 1, -1, 0, 1], built.Positions.Patches.AsSpan(32, 5).ToArray());
        Assert.Equal([2, 3, 5], built.Positions.RowLengths);
        Assert.All(Enumerable.Range(0, 3), row => Assert.All(Row(built, row), value => Assert.True(value >= 0)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Forward_PackedExchanges_EqualEachExchangeAlone(bool alonePacked)
    {
        using var model = TinyVisionModel.Create();
        Prop.ForAll(TinyVisionModel.AnySample, sample =>
        {
            using var scope = new TensorScope();
            using var noGradient = GradMode.Disable();
            using var packedBatch = TinyVisionModel.Batcher(packed: true).ToBatch([sample], forGeneration: false, Device.Cpu);
            var packed = model.Forward(packedBatch);
            var (answers, sum) = (packedBatch.AnswerTokens, 0.0);
            foreach (var (at, alone) in TinyVisionModel.Alone(sample).Index())
            {
                using var batch = TinyVisionModel.Batcher(alonePacked).ToBatch([alone], forGeneration: false, Device.Cpu);
                var pass = model.Forward(batch);
                sum += Loss(pass, answers);
                Near.Assert(States(pass, document: null), States(packed, at + 1), 1e-4, $"hidden states of exchange {at}");
            }

            Assert.InRange(Loss(packed, answers) - sum, -5e-5, 5e-5); // rounding both first would fail at a rounding boundary
        }).Check(Properties.Hold.WithMaxTest(40));
    }

    [Fact]
    public void Forward_RowsOfAnyLength_EqualEachRowAlone()
    {
        using var model = TinyVisionModel.Create();
        var batcher = TinyVisionModel.Batcher(packed: true);
        Prop.ForAll(TinyVisionModel.AnySample.Generator.Three().ToArbitrary(), samples =>
        {
            using var scope = new TensorScope();
            using var noGradient = GradMode.Disable();
            Sample[] rows = [samples.Item1, samples.Item2, samples.Item3];
            using var together = batcher.ToBatch(rows, forGeneration: false, Device.Cpu);
            var pass = model.Forward(together);
            for (var row = 0; row < rows.Length; row++)
            {
                using var batch = batcher.ToBatch([rows[row]], forGeneration: false, Device.Cpu);
                var alone = model.Forward(batch);
                var length = alone.Sequence.Positions.RowLengths[0];
                Near.Assert(alone.Hidden.Select(0, 0).Narrow(0, 0, length), pass.Hidden.Select(0, row).Narrow(0, 0, length), 1e-4, $"row {row}");
            }
        }).Check(Properties.Hold.WithMaxTest(25));
    }

    // The states an exchange has: its own and those of what all exchanges share.
    private static Tensor States(ForwardPass pass, int? document)
    {
        var positions = pass.Sequence.Positions;
        var kept = Enumerable.Range(0, positions.RowLengths[0]).Where(at => document is null || positions.Documents[at] == 0 || positions.Documents[at] == document);
        return pass.Hidden.Select(0, 0).IndexSelect(0, Tensor.From([.. kept.Select(at => (long)at)]));
    }

    private static double Loss(ForwardPass pass, int answers) =>
        new LanguageObjective().Loss(pass, new BatchShare(answers, 1, new StepClock(0, 1))).Item();

    private static TokenLayout Layout(int[] ids, TokenKind[] kinds, int[] documents)
    {
        var image = 0;
        return new TokenLayout(
            ids, kinds, new int[ids.Length], [.. kinds.Select(kind => kind == TokenKind.Image ? image++ : -1)], documents, new (int, int)[ids.Length], "");
    }

    // [rows, tokens, 1], counting on from a first number.
    private static Tensor Numbered(int first, int rows, int tokens) =>
        Tensor.From([.. Enumerable.Range(first, rows * tokens).Select(value => (float)value)], [rows, tokens, 1]);

    private static float[] Values(Sequence sequence) => sequence.Embeddings.ToArray<float>();

    private static float[] Row(Sequence sequence, int row) => Values(sequence).AsSpan(row * sequence.Positions.Length, sequence.Positions.Length).ToArray();
}
