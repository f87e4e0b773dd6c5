using Collimate.Alignment;
using Collimate.Alignment.Attention;
using Collimate.Data.Conversations;
using Collimate.Tests.Alignment;
using Collimate.Torch;

namespace Collimate.Tests.Data.Conversations;

public sealed class InputNoiseTests
{
    private static readonly Sample Long = new("long", [TinyVisionModel.Picture(1)],
        [new Turn("user", "<image>abcde"), new Turn("assistant", string.Concat(Enumerable.Repeat("abcdeedcba", 8)))]);

    private static TokenLayout Layout => TinyVisionModel.Batcher(packed: false).Render(Long);

    [Theory]
    [InlineData(NoiseKind.Mask)]
    [InlineData(NoiseKind.Random)]
    [InlineData(NoiseKind.Drop)]
    public void Apply_EveryKind_HidesItsShareOfTextAndLeavesLabels(NoiseKind kind)
    {
        var (hidden, text) = (0, 0);
        for (var index = 0; index < 200; index++)
        {
            var noisy = new InputNoise { Kind = kind }.Apply(Layout, 4096, seed: 7, index);
            Assert.Equal(Layout.Labels(), noisy.Labels());
            Assert.Equal(Layout.TokenIds, noisy.TokenIds);
            for (var k = 0; k < noisy.Count; k++)
            {
                var changed = noisy.InputIds![k] != noisy.TokenIds[k];
                Assert.False(changed && noisy.Kinds[k] == TokenKind.Image);
                text += noisy.Kinds[k] == TokenKind.Image ? 0 : 1;
                hidden += changed ? 1 : 0;
            }
        }

        Assert.InRange((double)hidden / text, 0.19, 0.21);
    }

    [Fact]
    public void Apply_SameSeedAndIndex_HidesTheSame()
    {
        var noise = new InputNoise();
        Assert.Equal(noise.Apply(Layout, 10, 1, 5).InputIds, noise.Apply(Layout, 10, 1, 5).InputIds);
        Assert.NotEqual(noise.Apply(Layout, 10, 1, 5).InputIds, noise.Apply(Layout, 10, 1, 6).InputIds);
    }

    [Fact]
    public void Apply_LossOnHiddenOnly_LearnsHiddenAnswersAlone()
    {
        var noisy = new InputNoise { LossOnHiddenOnly = true }.Apply(Layout, 10, 1, 0);
        for (var k = 0; k < noisy.Count; k++)
        {
            Assert.Equal(noisy.Kinds[k] == TokenKind.Answer && noisy.InputIds![k] == TokenLayout.Blank, noisy.IsLearnt(k));
        }

        Assert.InRange(noisy.AnswerCount, 1, Layout.AnswerCount - 1);
    }

    [Fact]
    public void Forward_DroppedToken_ChangesNothingElsewhere()
    {
        using var model = TinyVisionModel.Create();
        using var scope = new TensorScope();
        var place = Enumerable.Range(0, Layout.Count).First(k => Layout.Kinds[k] == TokenKind.Answer) + 3;
        Tensor Run(int replacement)
        {
            var ids = Layout.TokenIds.ToArray();
            ids[place] = TokenLayout.Dropped;
            // What the token would have been must not matter once nobody sees it.
            var labels = Layout.TokenIds.ToArray();
            labels[place] = replacement;
            var layout = Layout with { TokenIds = labels, InputIds = ids };
            using var batch = new Batch([layout], TinyVisionModel.Batcher(packed: false).ToBatch([Long], false, Device.Cpu).Pixels);
            return model.Forward(batch, new BidirectionalAttention()).Hidden;
        }

        Assert.Equal(Run(1).ToArray<float>(), Run(2).ToArray<float>());
    }

    [Fact]
    public void Forward_MaskedToken_ReadsZerosInItsPlace()
    {
        using var model = TinyVisionModel.Create();
        using var scope = new TensorScope();
        var ids = Layout.TokenIds.ToArray();
        var place = Array.FindIndex(Layout.Kinds, kind => kind == TokenKind.Answer);
        ids[place] = TokenLayout.Blank;
        using var batch = new Batch([Layout with { InputIds = ids }], TinyVisionModel.Batcher(packed: false).ToBatch([Long], false, Device.Cpu).Pixels);
        var composed = model.Compose(batch);
        var at = Array.FindIndex(composed.Sequence.Positions.Kinds, kind => kind == TokenKind.Answer);
        Assert.Equal(0, composed.Sequence.Embeddings.Select(1, at).Abs().Sum().Item());
        Assert.NotEqual(0, composed.Sequence.Embeddings.Select(1, at + 1).Abs().Sum().Item());
    }
}
