using Collimate.Torch.Layers;

namespace Collimate.Torch.Tests.Modules;

public class LayerTests
{
    [Fact]
    public void Linear_Forward_IsTheProductWithTheTransposedWeightPlusBias()
    {
        using var scope = new TensorScope();
        using var layer = new Linear(2, 3);
        layer.LoadStateDict(new Dictionary<string, Tensor>
        {
            ["weight"] = Tensor.From([1f, 2, 3, 4, 5, 6], [3, 2]),
            ["bias"] = Tensor.From([10f, 20, 30], [3]),
        });
        Assert.Equal([10f + 1 - 2, 20f + 3 - 4, 30f + 5 - 6], layer.Forward(Tensor.From([1f, -1], [1, 2])).ToArray<float>());
    }

    [Fact]
    public void Embedding_Forward_LooksRowsUp()
    {
        using var scope = new TensorScope();
        using var layer = new Embedding(3, 2);
        var rows = layer.Weight.Detach().ToArray<float>();
        var found = layer.Forward(Tensor.From([2L, 0, 2], [1, 3]));
        Assert.Equal([1, 3, 2], found.Shape);
        Assert.Equal([rows[4], rows[5], rows[0], rows[1], rows[4], rows[5]], found.ToArray<float>());
    }

    [Fact]
    public void LayerNorm_Forward_GivesMeanZeroAndVarianceOne()
    {
        using var scope = new TensorScope();
        using var layer = new LayerNorm(64);
        var normed = layer.Forward((Tensor.RandomNormal([5, 64], new Generator(1)) * 7) + 3);
        Assert.All(normed.Mean(-1).ToArray<float>(), mean => Assert.Equal(0, mean, 1e-5));
        Assert.All(normed.Square().Mean(-1).ToArray<float>(), square => Assert.Equal(1, square, 1e-4));
    }

    [Fact]
    public void RmsNorm_Forward_DividesByTheRootMeanSquareAndScales()
    {
        using var scope = new TensorScope();
        using var layer = new RmsNorm(2, epsilon: 0);
        layer.LoadStateDict(new Dictionary<string, Tensor> { ["weight"] = Tensor.From([2f, 1f], [2]) });
        var root = MathF.Sqrt((9f + 16f) / 2);
        var normed = layer.Forward(Tensor.From([3f, 4f], [1, 2])).ToArray<float>();
        Assert.Equal(2 * 3 / root, normed[0], 1e-5);
        Assert.Equal(4 / root, normed[1], 1e-5);
    }

    [Fact]
    public void Initialization_FromEqualSeeds_IsEqual()
    {
        using var scope = new TensorScope();
        using var first = new Linear(3, 4, generator: new Generator(7));
        using var second = new Linear(3, 4, generator: new Generator(7));
        using var other = new Linear(3, 4, generator: new Generator(8));
        Assert.Equal(first.Weight.Detach().ToArray<float>(), second.Weight.Detach().ToArray<float>());
        Assert.NotEqual(first.Weight.Detach().ToArray<float>(), other.Weight.Detach().ToArray<float>());
        Assert.All(first.Bias!.Detach().ToArray<float>(), value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData("normal", 0.02)]
    [InlineData("xavier", 0.0625)]
    [InlineData("kaiming", 0.0883883476)]
    [InlineData("linear", 0.0360843918)]
    public void Initialization_HasTheDeviationOfItsFormula(string kind, double deviation)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(3);
        long[] shape = [256, 256];
        var (drawn, bound) = kind switch
        {
            "normal" => (Initialization.Normal(shape, 0.02, generator), double.PositiveInfinity),
            "xavier" => (Initialization.XavierUniform(shape, generator), Math.Sqrt(6.0 / 512)),          // deviation √(2/512)
            "kaiming" => (Initialization.KaimingUniform(shape, generator), Math.Sqrt(6.0 / 256)),        // deviation √(2/256)
            _ => (new Linear(256, 256, generator: generator).Weight.Detach(), 1 / Math.Sqrt(256)),       // deviation 1/√(3·256)
        };
        Assert.Equal(deviation, Math.Sqrt(drawn.Square().Mean().Item()), deviation * 0.02);
        Assert.Equal(0, drawn.Mean().Item(), deviation * 0.02);
        Assert.True(drawn.Abs().Max().Item() <= bound);
    }

    [Fact]
    public void XavierUniform_OfAConvolution_CountsTheReceptiveField()
    {
        using var scope = new TensorScope();
        var drawn = Initialization.XavierUniform([8, 3, 16, 16], new Generator(2));
        var bound = Math.Sqrt(6.0 / ((8 + 3) * 256));
        Assert.InRange(drawn.Abs().Max().Item(), bound * 0.98, bound);
        Assert.Throws<ArgumentException>(() => Initialization.XavierUniform([8]));
    }
}
