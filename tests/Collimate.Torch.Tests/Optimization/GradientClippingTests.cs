using Collimate.Torch.Optimization;

namespace Collimate.Torch.Tests.Optimization;

public sealed class GradientClippingTests : IDisposable
{
    private readonly TensorScope scope = new();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void ClipByNorm_AboveTheBound_ScalesAllAlike()
    {
        Tensor[] parameters = [WithGradient([3, 0]), Tensor.Zeros([2]), WithGradient([0, -4])];
        Assert.Equal(5, GradientClipping.ClipByNorm(parameters, 1), 5);
        Assert.Equal([0.6f, 0f], Rounded(parameters[0]));
        Assert.Equal([0f, -0.8f], Rounded(parameters[2]));
        Assert.Null(parameters[1].Grad);
        Assert.Equal(1, GradientClipping.ClipByNorm(parameters, 0), 5);
    }

    [Theory]
    [InlineData(5.0)]
    [InlineData(6.0)]
    [InlineData(0.0)]
    public void ClipByNorm_WithinTheBoundOrMeasuringOnly_ChangesNothing(double bound)
    {
        var parameter = WithGradient([3, 4]);
        Assert.Equal(5, GradientClipping.ClipByNorm([parameter], bound), 5);
        Assert.Equal([3f, 4f], parameter.Grad!.ToArray<float>());
    }

    [Theory]
    [InlineData(1.0, 0.2)]
    [InlineData(5.0, 1.0)]
    [InlineData(0.0, 1.0)]
    public void Measure_AnyBound_GivesTheFactorAndScalesNothing(double bound, double expected)
    {
        var parameter = WithGradient([3, 4]);
        var (norm, factor) = GradientClipping.Measure([parameter], bound);
        Assert.Equal(5, norm, 5);
        Assert.Equal(expected, factor, 5);
        Assert.Equal([3f, 4f], parameter.Grad!.ToArray<float>());
    }

    [Fact]
    public void Measure_Factor_MovesParametersAsClippedGradientsDo()
    {
        Tensor[] clipped = [WithGradient([3, 0]), WithGradient([0, -4])], scaled = [WithGradient([3, 0]), WithGradient([0, -4])];
        using var first = new AdamW([new ParameterGroup("all", clipped) { LearningRate = 0.1 }], epsilon: 1); // a large ε, or Adam forgets the scale
        using var second = new AdamW([new ParameterGroup("all", scaled) { LearningRate = 0.1 }], epsilon: 1);

        GradientClipping.ClipByNorm(clipped, 1);
        first.Step();
        second.Step(GradientClipping.Measure(scaled, 1).Factor);

        Assert.Equal(clipped.SelectMany(p => p.ToArray<float>()), scaled.SelectMany(p => p.ToArray<float>()), (a, b) => Math.Abs(a - b) < 1e-6f);
        Assert.NotEqual(0, scaled[0].ToArray<float>()[0]);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void ClipByNorm_OfNonFiniteGradients_TellsAndScalesNothing(float bad)
    {
        Tensor[] parameters = [WithGradient([3, 4]), WithGradient([bad, 1])];
        Assert.False(double.IsFinite(GradientClipping.ClipByNorm(parameters, 1)));
        Assert.Equal([3f, 4f], parameters[0].Grad!.ToArray<float>());
        Assert.Equal([bad, 1f], parameters[1].Grad!.ToArray<float>());
    }

    [Fact]
    public void ClipByNorm_OfHalvesAndStridedGradients_MeasuresThemToo()
    {
        var half = Tensor.Zeros([1], ScalarType.BFloat16);
        half.Grad = Tensor.Full([1], 3, ScalarType.BFloat16);
        var strided = Tensor.Zeros([2, 3]);
        strided.Grad = Tensor.Full([3, 2], 4).Transpose(0, 1);
        Assert.Equal(Math.Sqrt(9 + (6 * 16)), GradientClipping.ClipByNorm([half, strided], 0), 4);
    }

    [Fact]
    public void ClipByNorm_WithoutGradients_IsZero() => Assert.Equal(0, GradientClipping.ClipByNorm([Tensor.Zeros([2])], 1));

    [Theory]
    [InlineData(-1.0)]
    [InlineData(double.NaN)]
    public void ClipByNorm_WithABoundThatIsNone_IsRefused(double bound) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => GradientClipping.ClipByNorm([], bound));

    private static float[] Rounded(Tensor parameter) => [.. parameter.Grad!.ToArray<float>().Select(value => MathF.Round(value, 4))];

    private static Tensor WithGradient(float[] gradient)
    {
        var parameter = Tensor.Zeros([gradient.Length]);
        parameter.Grad = Tensor.From(gradient);
        return parameter;
    }
}
