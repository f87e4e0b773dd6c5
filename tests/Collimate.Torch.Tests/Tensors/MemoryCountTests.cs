using Collimate.Torch;

namespace Collimate.Torch.Tests.Tensors;

/// <summary>What is counted is what tensors take.</summary>
public sealed class MemoryCountTests
{
    [Fact]
    public void Begin_TensorsMadeAndReleased_HoldsTheirBytesAndRemembersTheMost()
    {
        using var count = MemoryCount.Begin();
        using (Tensor.Zeros([1000]))
        {
            using var other = Tensor.Zeros([500], ScalarType.Float64);
            Assert.Equal(8000, count.Held);
        }

        Assert.Equal((0L, 8000L), (count.Held, count.Most));
        Assert.Equal(0, count.SetMarkBack());
        Assert.Equal(0, count.Most);
    }

    [Fact]
    public void Begin_BackwardPass_CountsWhatItMakes()
    {
        using var scope = new TensorScope();
        using var parameter = Tensor.Ones([64, 64]).Keep();
        parameter.RequiresGrad = true;
        using var count = MemoryCount.Begin();
        (parameter * 3).Sum().Backward();

        Assert.True(count.Held >= 64 * 64 * sizeof(float), $"{count.Held}"); // the gradient
        Assert.True(count.Most >= 2 * 64 * 64 * sizeof(float), $"{count.Most}"); // and the product before it
    }

    [Fact]
    public void Begin_WithinAnother_InnerOneCountsItsOwnStretch()
    {
        using var outer = MemoryCount.Begin();
        using var before = Tensor.Zeros([100]);
        using (var inner = MemoryCount.Begin())
        {
            using var within = Tensor.Zeros([50]);
            Assert.Equal(200, inner.Held);
        }

        using var after = Tensor.Zeros([10]);
        Assert.Equal(440, outer.Held);
    }

    [Fact]
    public void Held_Disposed_IsAnError()
    {
        var count = MemoryCount.Begin();
        count.Dispose();
        count.Dispose();
        Assert.Throws<ObjectDisposedException>(() => count.Held);
    }
}
