using Collimate.Torch.Optimization;

namespace Collimate.Torch.Tests.Optimization;

public class GradientClippingTests
{
    private static Tensor WithGradient(params float[] gradient)
    {
        var parameter = Tensor.Zeros([gradient.Length]);
        parameter.RequiresGrad = true;
        parameter.Grad = Tensor.From(gradient, [gradient.Length]);
        return parameter;
    }

    [Fact]
    public void ClipByNorm_AboveTheBound_ScalesAllGradientsByOneFactor()
    {
        using var scope = new TensorScope();
        Tensor[] parameters = [WithGradient(3, 0), WithGradient(0, 0, 4), Tensor.Zeros([1])];
        Assert.Equal(5, GradientClipping.ClipByNorm(parameters, 1), 1e-6);
        Assert.Equal(0.6, parameters[0].Grad!.ToArray<float>()[0], 1e-5);
        Assert.Equal(0.8, parameters[1].Grad!.ToArray<float>()[2], 1e-5);
        Assert.Equal(1, GradientClipping.ClipByNorm(parameters, 0), 1e-5);
    }

    [Theory]
    [InlineData(5.1)]
    [InlineData(0)]
    public void ClipByNorm_BelowTheBoundOrOnlyMeasuring_ChangesNothing(double bound)
    {
        using var scope = new TensorScope();
        Tensor[] parameters = [WithGradient(3, 4)];
        Assert.Equal(5, GradientClipping.ClipByNorm(parameters, bound), 1e-6);
        Assert.Equal([3f, 4f], parameters[0].Grad!.ToArray<float>());
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void ClipByNorm_OfGradientsThatAreNotFinite_SaysSoAndScalesNothing(float bad)
    {
        using var scope = new TensorScope();
        Tensor[] parameters = [WithGradient(3, 4), WithGradient(bad)];
        Assert.False(double.IsFinite(GradientClipping.ClipByNorm(parameters, 1)));
        Assert.Equal([3f, 4f], parameters[0].Grad!.ToArray<float>());
    }

    [Fact]
    public void ClipByNorm_WithoutGradients_IsZero()
    {
        using var scope = new TensorScope();
        Assert.Equal(0, GradientClipping.ClipByNorm([Tensor.Zeros([1])], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => GradientClipping.ClipByNorm([], double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => GradientClipping.ClipByNorm([], -1));
    }
}
