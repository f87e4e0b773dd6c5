using Collimate.Alignment;
using Collimate.Data.Conversations;
using Collimate.Generation;
using Collimate.Torch;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Alignment;

public sealed class VisionLanguageSessionTests
{
    private const int End = 3;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Generate_RowsOfAnyLength_EqualsGreedyDecodingByFullPasses(bool packed)
    {
        using var model = TinyVisionModel.Create(3);
        var stopped = new List<StopReason>();
        Prop.ForAll(TinyVisionModel.AnySample.Generator.Three().ToArbitrary(), samples =>
        {
            using var scope = new TensorScope();
            Sample[] rows = [samples.Item1, samples.Item2, samples.Item3];
            var options = new GenerationOptions { MaxNewTokens = 12, StopTokens = [End] };
            using var session = new VisionLanguageSession(model, TinyVisionModel.Batcher(packed).ToBatch(rows, forGeneration: true, Device.Cpu));

            var generated = new TextGenerator().Generate(session, [[], [], []], options);

            stopped.AddRange(generated.Select(row => row.Reason));
            foreach (var (sample, row) in rows.Zip(generated))
            {
                Assert.Equal(FullPasses.Greedy(model, TinyVisionModel.Batcher(packed), sample, 12, End), row.Tokens);
            }
        }).Check(Properties.Hold.WithMaxTest(20));

        // Rows that end early and rows that go on must both have occurred, or leaving the batch was never tried.
        Assert.Equal(2, stopped.Distinct().Count());
    }

    [Fact]
    public void Room_LongestRow_EndsAtTheModelsLastPosition()
    {
        using var model = TinyVisionModel.Create(3);
        using var scope = new TensorScope();
        var question = new Sample("q", [], [new Turn("user", new string('a', 100))]);
        using var session = new VisionLanguageSession(model, TinyVisionModel.Batcher(packed: true).ToBatch([question], forGeneration: true, Device.Cpu));

        var row = Assert.Single(new TextGenerator().Generate(session, [[]], new GenerationOptions { MaxNewTokens = 500 }));

        // The last token needs no position of its own: nothing follows it.
        Assert.InRange(102 + row.Tokens.Count, 128, 129);
        Assert.NotEqual(StopReason.StopToken, row.Reason);
    }

    [Fact]
    public void Generate_ThenDispose_LeavesNoTensorBehind()
    {
        var before = SettledTensors.Count();
        using (var model = TinyVisionModel.Create())
        {
            var sample = new Sample("s", [TinyVisionModel.Picture(1)], [new Turn("user", "<image>abc")]);
            using var session = new VisionLanguageSession(model, TinyVisionModel.Batcher(packed: true).ToBatch([sample, sample], forGeneration: true, Device.Cpu));
            new TextGenerator().Generate(session, [new([], new GenerationOptions { MaxNewTokens = 3 }), new([], new GenerationOptions { MaxNewTokens = 5 })]);
        }

        Assert.Equal(before, LiveTensors.Count);
    }

    [Fact]
    public void Encode_WhileNothingIsRecorded_RecordsNothing()
    {
        using var model = TinyVisionModel.Create();
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();

        Assert.True(model.Parameters().All(parameter => parameter.RequiresGrad));
        Assert.False(model.Vision.Encode(Tensor.Zeros([1, 3, 8, 8]), null).RequiresGrad);
    }
}
