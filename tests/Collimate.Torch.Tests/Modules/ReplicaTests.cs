using Collimate.Torch.Layers;

namespace Collimate.Torch.Tests.Modules;

/// <summary>Replicas on threads of their own, as training uses them.</summary>
public sealed class ReplicaTests : IDisposable
{
    private readonly TensorScope scope = new();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Replicas_OnTwoThreads_SumToTheGradientOfTheWholeBatch()
    {
        using var generator = new Generator(5);
        using var whole = new Linear(3, 4, generator: new Generator(1));
        using var master = new Linear(3, 4, generator: new Generator(1));
        var x = Tensor.RandomNormal([8, 3], generator);
        whole.Forward(x).Square().Sum().Backward();

        Linear[] replicas = [new(3, 4, generator: new Generator(2)), new(3, 4, generator: new Generator(3))];
        Array.ForEach(replicas, replica => replica.ShareParametersWith(master));
        var threads = replicas.Select((replica, k) => new Thread(() =>
        {
            using var own = new TensorScope();
            replica.Forward(x.Narrow(0, 4 * k, 4)).Square().Sum().Backward();
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        var expected = whole.Weight.Grad!.ToArray<float>();
        var summed = (replicas[0].Weight.Grad! + replicas[1].Weight.Grad!).ToArray<float>();
        Assert.Equal(0, expected.Zip(summed).Max(pair => Math.Abs(pair.First - pair.Second)), 1e-4);
        Assert.Null(master.Weight.Grad);
        Array.ForEach(replicas, replica => replica.Dispose());
    }

    [Fact]
    public void Replica_WhoseMasterIsGone_KeepsTheMemory()
    {
        using var replica = new Linear(3, 4, generator: new Generator(2));
        float[] expected;
        using (var master = new Linear(3, 4, generator: new Generator(1)))
        {
            replica.ShareParametersWith(master);
            expected = master.Forward(Tensor.Ones([1, 3])).ToArray<float>();
        }

        Assert.Equal(expected, replica.Forward(Tensor.Ones([1, 3])).ToArray<float>());
    }
}
