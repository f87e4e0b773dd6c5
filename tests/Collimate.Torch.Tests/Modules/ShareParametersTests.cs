namespace Collimate.Torch.Tests.Modules;

public class ShareParametersTests
{
    [Fact]
    public void ShareParametersWith_AnotherReplica_SharesValuesAndKeepsGradientsApart()
    {
        using var scope = new TensorScope();
        using var master = new SmallNet(1);
        using var replica = new SmallNet(2);
        replica.ShareParametersWith(master);
        Assert.Equal(master.First.Weight.DataPointer, replica.First.Weight.DataPointer);
        Assert.True(replica.First.Weight.IsLeaf && replica.First.Weight.RequiresGrad);

        replica.Forward(Tensor.Ones([1, 3])).Sum().Backward();
        Assert.NotNull(replica.First.Weight.Grad);
        Assert.Null(master.First.Weight.Grad);

        using (GradMode.Disable())
        {
            master.First.Weight.Fill_(0.25);
        }

        Assert.All(replica.First.Weight.Detach().ToArray<float>(), value => Assert.Equal(0.25f, value));
    }

    [Fact]
    public void ShareParametersWith_AMasterThatIsDisposed_KeepsTheMemory()
    {
        using var scope = new TensorScope();
        using var replica = new SmallNet(2);
        float[] expected;
        using (var master = new SmallNet(1))
        {
            replica.ShareParametersWith(master);
            expected = master.Forward(Tensor.Ones([1, 3])).ToArray<float>();
        }

        Assert.Equal(expected, replica.Forward(Tensor.Ones([1, 3])).ToArray<float>());
    }

    [Fact]
    public void ShareParametersWith_InSeveralThreads_SumsToTheGradientOfTheWholeBatch()
    {
        using var scope = new TensorScope();
        using var master = new SmallNet(1);
        using var whole = new SmallNet(1);
        var x = Tensor.RandomNormal([8, 3], new Generator(5));
        whole.Forward(x).Square().Sum().Backward();

        SmallNet[] replicas = [new(2), new(3)];
        foreach (var replica in replicas)
        {
            replica.ShareParametersWith(master);
        }

        var threads = replicas.Select((replica, k) => new Thread(() =>
        {
            using var own = new TensorScope();
            replica.Forward(x.Narrow(0, 4 * k, 4)).Square().Sum().Backward();
        })).ToArray();
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());

        var summed = (replicas[0].First.Weight.Grad! + replicas[1].First.Weight.Grad!).ToArray<float>();
        var expected = whole.First.Weight.Grad!.ToArray<float>();
        for (var k = 0; k < expected.Length; k++)
        {
            Assert.Equal(expected[k], summed[k], 1e-5);
        }

        Array.ForEach(replicas, r => r.Dispose());
    }

    [Fact]
    public void ShareParametersWith_AModuleOfAnotherShape_IsRefusedAndSharesNothing()
    {
        using var master = new SmallNet(1, width: 5);
        using var replica = new SmallNet(2);
        var pointer = replica.First.Weight.DataPointer;
        Assert.Contains("model.first.weight", Assert.Throws<ArgumentException>(() => replica.ShareParametersWith(master)).Message, StringComparison.Ordinal);
        Assert.Equal(pointer, replica.First.Weight.DataPointer);
    }
}
