namespace Collimate.Torch.Tests.Tensors;

public class LifetimeTests
{
    [Fact]
    public void Scope_AtItsEnd_ReleasesAllButWhatWasKept()
    {
        var before = SettledTensors.Count();
        Tensor kept;
        using (new TensorScope())
        {
            var a = Tensor.Ones([4]);
            kept = (a + a).Keep();
            Assert.True(LiveTensors.Count >= before + 2);
        }

        Assert.Equal(before + 1, LiveTensors.Count);
        Assert.Equal(8, kept.Sum().Item());
        kept.Dispose();
    }

    [Fact]
    public void Escape_FromAnInnerScope_LivesUntilTheOuterEnds()
    {
        Tensor escaped;
        using (new TensorScope())
        {
            using (var inner = new TensorScope())
            {
                escaped = inner.Escape(Tensor.Ones([1]));
            }

            Assert.False(escaped.IsDisposed);
        }

        Assert.True(escaped.IsDisposed);
    }

    [Fact]
    public void Use_AfterDispose_SaysSo()
    {
        var tensor = Tensor.Ones([1]);
        tensor.Dispose();
        tensor.Dispose();
        Assert.Throws<ObjectDisposedException>(() => tensor + 1);
    }

    [Fact]
    public void Scope_EndedOutOfOrder_IsRefused()
    {
        var outer = new TensorScope();
        var inner = new TensorScope();
        Assert.Throws<InvalidOperationException>(outer.Dispose);
        inner.Dispose();
        outer.Dispose();
    }

    [Fact]
    public void FromMemory_WhenTheLastViewDies_ReleasesOnce()
    {
        var released = 0;
        var memory = System.Runtime.InteropServices.Marshal.AllocHGlobal(16);
        Tensor view;
        using (new TensorScope())
        {
            var whole = Tensor.FromMemory(memory, [4], ScalarType.Float32, () => released++);
            whole.Fill_(3);
            view = whole.Slice(0, 1, 2).Keep();
        }

        Assert.Equal(0, released);
        Assert.Equal(3, view.Item());
        view.Dispose();
        Assert.Equal(1, released);
        System.Runtime.InteropServices.Marshal.FreeHGlobal(memory);
    }

    [Fact]
    public void Generator_StateSetBack_RepeatsItsNumbers()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(7);
        var state = generator.State;
        var first = Tensor.RandomNormal([5], generator).ToArray<float>();
        generator.State = state;
        Assert.Equal(first, Tensor.RandomNormal([5], generator).ToArray<float>());
    }
}
