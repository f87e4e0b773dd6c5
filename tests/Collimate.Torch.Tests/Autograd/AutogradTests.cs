namespace Collimate.Torch.Tests.Autograd;

public class AutogradTests
{
    private sealed class Cube : CustomFunction
    {
        protected override Tensor[] Forward(Tensor[] inputs)
        {
            Save(inputs[0]);
            return [inputs[0].Pow(3)];
        }

        protected override Tensor?[] Backward(Tensor?[] gradients, Tensor[] savedTensors) => [savedTensors[0].Square() * 3 * gradients[0]!];
    }

    private sealed class Failing : CustomFunction
    {
        protected override Tensor[] Forward(Tensor[] inputs) => [inputs[0].Clone()];

        protected override Tensor?[] Backward(Tensor?[] gradients, Tensor[] savedTensors) => throw new InvalidOperationException("on purpose");
    }

    private static Tensor Leaf(params float[] values)
    {
        var leaf = Tensor.From(values);
        leaf.RequiresGrad = true;
        return leaf;
    }

    [Fact]
    public void CustomFunction_Backward_GivesItsOwnGradient()
    {
        using var scope = new TensorScope();
        var x = Leaf(1, -2, 3);
        (new Cube().Apply(x)[0] * 2).Sum().Backward();
        Assert.Equal([6f, 24f, 54f], x.Grad!.ToArray<float>());
    }

    [Fact]
    public void CustomFunction_ThatThrows_ThrowsThroughTheEngine()
    {
        using var scope = new TensorScope();
        var x = Leaf(1);
        var error = Assert.Throws<InvalidOperationException>(() => new Failing().Apply(x)[0].Backward());
        Assert.Equal("on purpose", error.Message);
        (x * 2).Backward();
        Assert.Equal(2, x.Grad!.Item());
    }

    [Fact]
    public void CustomFunction_WithRecordingOff_RecordsNothing()
    {
        using var scope = new TensorScope();
        using var off = GradMode.Disable();
        Assert.False(new Cube().Apply(Leaf(1))[0].RequiresGrad);
    }

    [Fact]
    public void ActivationCheckpoint_WithDropout_GivesTheSameLossAndGradients()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        var x = Tensor.RandomNormal([8, 16], generator);
        var w = Tensor.RandomNormal([16, 16], generator);
        w.RequiresGrad = true;
        Tensor Block(Tensor[] inputs) => inputs[0].Linear(w).Relu().Dropout(0.5, training: true).Square().Sum();

        TorchRuntime.Seed(3);
        var plain = Block([x]);
        plain.Backward();
        var expected = w.Grad!.ToArray<float>();
        w.Grad = null;
        TorchRuntime.Seed(3);
        var checkpointed = ActivationCheckpoint.Run(Block, x);
        checkpointed.Backward();
        Assert.Equal(plain.Item(), checkpointed.Item());
        Assert.Equal(expected, w.Grad!.ToArray<float>());
    }

    [Fact]
    public void ActivationCheckpoint_UnderAutocast_RunsAgainUnderIt()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        var x = Tensor.RandomNormal([8, 16], generator);
        var w = Tensor.RandomNormal([16, 16], generator);
        w.RequiresGrad = true;
        var types = new List<ScalarType>();
        Tensor Block(Tensor[] inputs)
        {
            var y = inputs[0].Linear(w);
            types.Add(y.Type);
            return y.To(ScalarType.Float32).Square().Sum();
        }

        float[] Gradient(bool keepsOnlyInputs)
        {
            Tensor loss;
            using (Autocast.Enable())
            {
                loss = keepsOnlyInputs ? ActivationCheckpoint.Run(Block, x) : Block([x]);
            }

            loss.Backward();
            var gradient = w.Grad!.ToArray<float>();
            w.Grad = null;
            return gradient;
        }

        Assert.Equal(Gradient(keepsOnlyInputs: false), Gradient(keepsOnlyInputs: true));
        Assert.Equal([.. Enumerable.Repeat(ScalarType.BFloat16, 3)], types);
    }

    [Fact]
    public void Autocast_AfterARegionWithinARegion_GoesOn()
    {
        using var scope = new TensorScope();
        var x = Tensor.Ones([4, 4]);
        using (Autocast.Enable())
        {
            using (Autocast.Enable())
            {
            }

            Assert.Equal(ScalarType.BFloat16, x.MatMul(x).Type);
        }

        Assert.Equal(ScalarType.Float32, x.MatMul(x).Type);
    }

    [Fact]
    public void Gradients_OfAGradient_AreSecondDerivatives()
    {
        using var scope = new TensorScope();
        var x = Leaf(2);
        var first = Gradients.Of([x.Pow(3)], [x], createGraph: true)[0]!;
        Assert.Equal(12, first.Item(), 5);
        Assert.Equal(12, Gradients.Of([first], [x])[0]!.Item(), 5);
    }

    [Fact]
    public void Autocast_Inside_NarrowsProductsAndKeepsTheGradientsWide()
    {
        using var scope = new TensorScope();
        var w = Tensor.Ones([4, 4]);
        w.RequiresGrad = true;
        Tensor y;
        using (Autocast.Enable())
        {
            y = Tensor.Ones([2, 4]).Linear(w);
        }

        Assert.Equal(ScalarType.BFloat16, y.Type);
        Assert.Equal(ScalarType.Float32, Tensor.Ones([2, 4]).Linear(w).Type);
        y.To(ScalarType.Float32).Sum().Backward();
        Assert.Equal(ScalarType.Float32, w.Grad!.Type);
    }

    [Fact]
    public void Backward_FromFourThreads_KeepsThemApart()
    {
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, thread =>
        {
            for (var repeat = 0; repeat < 50; repeat++)
            {
                using var scope = new TensorScope();
                var x = Leaf(thread + 1);
                x.Square().Sum().Backward();
                Assert.Equal(2 * (thread + 1), x.Grad!.Item());
            }
        });
    }
}
