using Collimate.Alignment;
using Collimate.Alignment.Attention;
using Collimate.Alignment.Objectives;
using Collimate.Data.Conversations;
using Collimate.Tests.Alignment;
using Collimate.Tests.Models;
using Collimate.Torch;
using Collimate.Training;
using Collimate.Training.Programs;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Training;

/// <summary>Several samples in one row: what they learn and see is what they learn and see apart.</summary>
public sealed class RowPackingTests
{
    private static readonly Dictionary<string, IAttentionPolicy> Policies = new()
    {
        ["causal"] = new CausalAttention(), ["prefix"] = new PrefixAttention(), ["bidirectional"] = new BidirectionalAttention(),
        ["interleaved_a"] = new InterleavedAttention(InterleavedForm.A), ["interleaved_b"] = new InterleavedAttention(InterleavedForm.B),
    };

    [Theory]
    [InlineData("causal", true)]
    [InlineData("causal", false)]
    [InlineData("prefix", true)]
    [InlineData("prefix", false)]
    [InlineData("bidirectional", true)]
    [InlineData("interleaved_a", false)]
    [InlineData("interleaved_b", true)]
    public void Forward_SamplesInOneRow_SameLossAndGradientsAsApart(string policy, bool questionsApart)
    {
        using var model = TinyVisionModel.Create();
        model.SetRequiresGrad(true);
        Prop.ForAll(TinyVisionModel.AnySample.Generator.Three().ToArbitrary(), samples =>
        {
            var rows = Rows(questionsApart, samples.Item1, samples.Item2, samples.Item3);
            // Noise travels with the tokens it hides.
            var noise = new InputNoise { Share = 0.3, Kind = NoiseKind.Drop };
            rows[1] = rows[1] with { Layout = noise.Apply(rows[1].Layout, 7, 1, 1) };
            rows[2] = rows[2] with { Layout = (noise with { Kind = NoiseKind.Mask, LossOnHiddenOnly = true }).Apply(rows[2].Layout, 7, 1, 2) };
            var answers = rows.Sum(row => row.Layout.AnswerCount);

            var apart = Learn(model, Policies[policy], questionsApart, rows, answers);
            var packed = Learn(model, Policies[policy], questionsApart, [BatchRow.Join(rows)], answers);

            Assert.Equal(apart.Loss, packed.Loss, 1e-5);
            var largest = apart.Gradients.Max(gradient => gradient.Max(Math.Abs));
            foreach (var (one, other) in apart.Gradients.Zip(packed.Gradients))
            {
                Assert.InRange(Near.Distance(one, other), 0, 1e-5 * Math.Max(1, largest));
            }
        }).Check(Properties.Hold.WithMaxTest(12));
    }

    [Theory]
    [InlineData("causal")]
    [InlineData("prefix")]
    public void Forward_AnotherNeighbour_LeavesEveryBitOfASample(string policy)
    {
        using var model = TinyVisionModel.Create();
        var first = Ask("first", [1, 2], "<image><image>ab", "cd", "g", "fe");
        var own = TinyVisionModel.Batcher(packed: true).Length(first);
        var before = States(Ask("one", [3], "<image>abc", "de", "f", "g"));
        var after = States(Ask("two", [4], "<image>gfe", "ab", "c", "d"));
        Assert.Equal(before[..own], after[..own]);
        Assert.NotEqual(before[own..], after[own..]);

        float[][] States(Sample neighbour)
        {
            using var scope = new TensorScope();
            using var noGradient = GradMode.Disable();
            using var batch = Batch(true, [BatchRow.Join(Rows(true, first, neighbour))], 1);
            var hidden = model.Forward(batch, Policies[policy]).Hidden.Select(0, 0);
            return [.. Enumerable.Range(0, own + TinyVisionModel.Batcher(packed: true).Length(neighbour)).Select(at => Near.Floats(hidden.Select(0, at)))];
        }
    }

    [Fact]
    public void Build_TwoSamplesOfTwoQuestions_CountsEachFromItsOwnBeginning()
    {
        using var model = TinyVisionModel.Create();
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        var one = Ask("one", [1], "<image>ab", "c", "d", "e");
        var two = Ask("two", [2], "<image>a", "bc", "d", "e");
        using var packed = Batch(true, [BatchRow.Join(Rows(true, one, two))], 1);
        using var apart = Batch(true, Rows(true, one, two), 1);

        var (row, rows) = (model.Compose(packed).Sequence.Positions, model.Compose(apart).Sequence.Positions);

        var from = rows.RowLengths[0];
        int[] Apart(int[] values) => [.. values[..from], .. values[rows.Length..(rows.Length + rows.RowLengths[1])]];
        var length = rows.RowLengths.Sum();
        Assert.Equal(length, row.RowLengths[0]);
        Assert.Equal(Apart(rows.PositionIds), row.PositionIds[..length]);
        Assert.Equal(Apart(rows.Labels), row.Labels[..length]);
        Assert.Equal(Apart(rows.Patches), row.Patches[..length]);
        Assert.Equal([0, 1, 2, 65536, 65537, 65538], row.Documents[..length].Distinct().Order());
        Assert.Equal([0, 1], row.Images[..length].Where(image => image >= 0).Distinct());
    }

    [Fact]
    public void Arrange_AnyLengths_KeepsEverySampleAndTheCapacity() => Prop.ForAll(
        Gen.Choose(1, 60).SelectMany(count => Gen.ArrayOf(Gen.Choose(1, 90), count)).ToArbitrary(), Gen.Choose(0, 200).ToArbitrary(), Gen.Choose(1, 9).ToArbitrary(),
        (lengths, capacity, pieces) =>
        {
            var rows = RowPacking.Arrange(lengths, capacity, pieces);
            var sums = rows.Select(row => row.Sum(sample => lengths[sample])).ToArray();
            var most = Math.Max(capacity, lengths.Max());
            Assert.Equal(Enumerable.Range(0, lengths.Length), rows.SelectMany(row => row).Order());
            Assert.All(sums, sum => Assert.InRange(sum, 1, most));
            Assert.True(rows.Count >= Math.Min(pieces, lengths.Length));
            // First-fit leaves at most one row less than half full; rounding up to whole rounds of pieces adds at most one round.
            Assert.True(rows.Count <= Math.Max(1, (2.0 * lengths.Sum() / most) + 1) + pieces, $"{rows.Count} rows of {most} for {lengths.Sum()}");
            Assert.Equal(rows.Select(row => string.Join(' ', row)), RowPacking.Arrange(lengths, capacity, pieces).Select(row => string.Join(' ', row)));
        }).Check(Properties.Hold);

    [Theory]
    [InlineData(new[] { 10, 6, 4, 4, 3, 3 }, 10, 1, "0, 1 2, 3 4 5")]
    [InlineData(new[] { 5, 5, 5, 5, 2, 2 }, 20, 2, "0 1 4, 2 3 5")] // and not 20 and 4
    [InlineData(new[] { 3, 3, 3, 3 }, 100, 1, "0 1 2 3")]
    [InlineData(new[] { 9, 1, 1 }, 9, 3, "0, 1, 2")]
    public void Arrange_ShortAndLong_FillsRowsEvenly(int[] lengths, int capacity, int pieces, string expected) =>
        Assert.Equal(expected, string.Join(", ", RowPacking.Arrange(lengths, capacity, pieces).Select(row => string.Join(' ', row))));

    private static BatchRow[] Rows(bool questionsApart, params Sample[] samples) =>
        [.. samples.Select(sample => new BatchRow(sample, TinyVisionModel.Batcher(questionsApart).Render(sample)))];

    private static Batch Batch(bool questionsApart, BatchRow[] rows, int answers) =>
        TinyVisionModel.Batcher(questionsApart).Pieces([(0, rows)], answers, rows.Length)[0].ToBatch(Device.Cpu);

    private static (double Loss, float[][] Gradients) Learn(VisionLanguageModel model, IAttentionPolicy policy, bool questionsApart, BatchRow[] rows, int answers)
    {
        using var scope = new TensorScope();
        using var batch = Batch(questionsApart, rows, answers);
        var loss = new LanguageObjective().Loss(model.Forward(batch, policy), new BatchShare(Math.Max(1, answers), rows.Length, new StepClock(0, 1)));
        loss.Backward();
        var gradients = model.Parameters().Select(parameter => parameter.Grad is { } gradient ? Near.Floats(gradient) : []).ToArray();
        foreach (var parameter in model.Parameters())
        {
            parameter.Grad = null;
        }

        return (loss.Item(), [.. gradients.Select(gradient => gradient.Length == 0 ? [0] : gradient)]);
    }

    private static Sample Ask(string id, int[] pictures, params string[] said) => new(
        id, [.. pictures.Select(TinyVisionModel.Picture)], [.. said.Select((words, at) => new Turn(at % 2 == 0 ? "user" : "assistant", words))]);
}
