using Collimate.Alignment;
using Collimate.Data.Conversations;
using Collimate.Tests.Models;
using Collimate.Torch;
using Collimate.Training.Programs;

namespace Collimate.Tests.Alignment.Fusion;

/// <summary>Gated cross-attention: nothing while its gates are shut, and the right pictures for each word.</summary>
public sealed class CrossAttentionTests
{
    [Theory]
    [InlineData("cross")]
    [InlineData("cross-all")]
    [InlineData("cross-second")]
    public void Forward_FreshGates_EqualsThePlainDecoderExactly(string kind)
    {
        using var model = TinyFusionModel.Create(kind, fresh: true);
        using var plain = TinyFusionModel.Create("none", composition: "text_only");
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var batch = TinyFusionModel.Batch(TinyFusionModel.Ask("abc", "de", 1, 2), TinyFusionModel.Ask("fg", "a"));

        Assert.Equal(Near.Floats(plain.Forward(batch).Hidden), Near.Floats(model.Forward(batch).Hidden));
    }

    [Fact]
    public void Compose_TextOnly_GivesPicturesNoPlaces()
    {
        using var model = TinyFusionModel.Create("cross");
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var batch = TinyFusionModel.Batch(TinyFusionModel.Ask("abc", "de", 1, 2));

        var positions = model.Compose(batch).Sequence.Positions;

        Assert.DoesNotContain(TokenKind.Image, positions.Kinds);
        Assert.Equal(batch.Layouts[0].Count - 2, positions.RowLengths[0]);
        Assert.Equal(0, model.TokensPerImage);
    }

    // The question's two pictures come before its words; a third stands between two exchanges.
    [Theory]
    [InlineData("cross", 1, false, false)]   // the first picture: nobody looks at it where the second stands right behind it
    [InlineData("cross", 2, true, false)]    // the second: the first exchange, and the second exchange sees the third picture
    [InlineData("cross-all", 1, true, true)]
    [InlineData("cross-all", 2, true, true)]
    [InlineData("cross", 3, false, true)]
    [InlineData("cross-all", 3, false, true)]
    public void BeforeLayer_AnotherPicture_ChangesTheWordsThatSeeIt(string kind, int changed, bool first, bool second)
    {
        using var model = TinyFusionModel.Create(kind);
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        var (before, after) = (Entered(0), Entered(changed));

        var seen = before.Zip(after, (a, b) => a != b).ToArray();
        Assert.Equal((first, second), (seen[2], seen[^1]));
        Assert.False(seen[0]); // what stands before all pictures

        // The state behind the first block, one number a position: no attention between words has taken place yet.
        float[] Entered(int other)
        {
            var sample = new Sample("s", [.. Enumerable.Range(1, 3).Select(number => TinyVisionModel.Picture(number == other ? 9 : number))],
                [new Turn("system", "g"), new Turn("user", "<image><image>ab"), new Turn("assistant", "c"), new Turn("user", "<image>d"), new Turn("assistant", "ef")]);
            using var batch = TinyVisionModel.Batcher(packed: false).ToBatch([sample], forGeneration: false, Device.Cpu);
            var composed = model.Compose(batch);
            var length = composed.Sequence.Positions.RowLengths[0];
            return Near.Floats(composed.Hook!.BeforeLayer(0, composed.Input.Embeddings).Sum(-1).Select(0, 0).Narrow(0, 0, length));
        }
    }

    [Fact]
    public void Forward_SamplesPackedIntoARow_EachEqualsItselfAlone()
    {
        using var model = TinyFusionModel.Create("cross");
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        Sample[] samples = [TinyFusionModel.Ask("abc", "de", 1), TinyFusionModel.Ask("fg", "ab", 2, 3), TinyFusionModel.Ask("c", "d")];
        var batcher = TinyFusionModel.Batcher;
        var rows = samples.Select(sample => new BatchRow(sample, batcher.Render(sample))).ToArray();
        var packed = Assert.Single(new RowPacking(100).Cut(rows, 0, 1));
        var together = Assert.Single(packed);
        using var one = batcher.Piece([together.Sample], [together.Layout], 1, 1).ToBatch(Device.Cpu);
        var hidden = model.Forward(one).Hidden.Select(0, 0);

        var lengths = new List<Tensor>();
        foreach (var row in rows)
        {
            using var alone = batcher.Piece([row.Sample], [row.Layout], 1, 1).ToBatch(Device.Cpu);
            var pass = model.Forward(alone);
            lengths.Add(pass.Hidden.Select(0, 0).Narrow(0, 0, pass.Sequence.Positions.RowLengths[0]));
        }

        // Samples may be put into the row in any order.
        foreach (var expected in lengths)
        {
            var size = expected.Size(0);
            var best = Enumerable.Range(0, (int)(hidden.Size(0) - size + 1)).Min(start => Near.Distance(expected, hidden.Narrow(0, start, size)));
            Assert.InRange(best, 0, 1e-5);
        }
    }
}
