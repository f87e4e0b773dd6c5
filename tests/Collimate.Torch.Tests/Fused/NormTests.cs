using Collimate.Torch.Fused;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Torch.Tests.Fused;

public class NormTests
{
    private const double Epsilon = 1e-5;

    private static Tensor[] Rms(Tensor[] t) => [t[0] * (t[0].Square().Mean(-1, keepDimension: true) + Epsilon).Rsqrt() * t[1]];

    private static Tensor[] AddRms(Tensor[] t) => [Rms([t[0] + t[1], t[2]])[0], t[0] + t[1]];

    private static Tensor[] Layer(Tensor[] t) => [t[0].LayerNorm([t[0].Size(-1)], t[1], t[2], Epsilon)];

    private static Tensor[] FusedRms(Tensor[] t) => [FusedOperators.RmsNorm(t[0], t[1], Epsilon)];

    private static Tensor[] FusedAddRms(Tensor[] t)
    {
        var (normed, sum) = FusedOperators.AddRmsNorm(t[0], t[1], t[2], Epsilon);
        return [normed, sum];
    }

    private static Tensor[] FusedLayer(Tensor[] t) => [FusedOperators.LayerNorm(t[0], t[1], t[2], Epsilon)];

    [Fact]
    public void Norms_AnyShape_AgreeWithThePlainForms() =>
        Check.One(Properties.Hold.WithMaxTest(25), Prop.ForAll((PositiveInt rows, PositiveInt columns) =>
        {
            using var scope = new TensorScope();
            var (n, width) = (rows.Get % 9, (columns.Get * 7 % 150) + 2); // whole vectors and what is left of one; no rows, too
            var (x, y, weight, bias) = (Agreement.Random(1, n, 2, width), Agreement.Random(2, n, 2, width), Agreement.Random(3, width), Agreement.Random(4, width));
            return Agreement.Distance(FusedRms, Rms, ScalarType.Float32, x, weight) < 2e-5
                && Agreement.Distance(FusedAddRms, AddRms, ScalarType.Float32, x, y, weight) < 2e-5
                && Agreement.Distance(FusedLayer, Layer, ScalarType.Float32, x, weight, bias) < 2e-4;
        }));

    [Fact]
    public void Norms_InBFloat16_AgreeWithinItsDigits()
    {
        using var scope = new TensorScope();
        var (x, y, weight, bias) = (Agreement.Random(1, 6, 96), Agreement.Random(2, 6, 96), Agreement.Random(3, 96), Agreement.Random(4, 96));
        Assert.InRange(Agreement.Distance(FusedRms, Rms, ScalarType.BFloat16, x, weight), 0, 0.02);
        Assert.InRange(Agreement.Distance(FusedAddRms, AddRms, ScalarType.BFloat16, x, y, weight), 0, 0.02);
        Assert.InRange(Agreement.Distance(FusedLayer, Layer, ScalarType.BFloat16, x, weight, bias), 0, 0.02);
    }

    [Fact]
    public void Norms_InDoublePrecision_HaveTheGradientsThatSlopesShow()
    {
        using var scope = new TensorScope();
        var (x, y, weight, bias) = (Agreement.Random(1, 2, 5), Agreement.Random(2, 2, 5), Agreement.Random(3, 5), Agreement.Random(4, 5));
        Assert.InRange(Agreement.DistanceFromSlopes(FusedRms, x, weight), 0, 1e-7);
        Assert.InRange(Agreement.DistanceFromSlopes(FusedAddRms, x, y, weight), 0, 1e-7);
        Assert.InRange(Agreement.DistanceFromSlopes(FusedLayer, x, weight, bias), 0, 1e-7);
    }

    [Fact]
    public void AddRmsNorm_OfANarrowAddend_KeepsTheStreamWide()
    {
        using var scope = new TensorScope();
        var stream = Agreement.Random(1, 3, 32);
        var addend = Agreement.Random(2, 3, 32).To(ScalarType.BFloat16);
        addend.RequiresGrad = true;
        var (_, sum) = FusedOperators.AddRmsNorm(stream, addend, Tensor.Ones([32]), Epsilon);
        sum.Sum().Backward();
        Assert.Equal(ScalarType.Float32, sum.Type);
        Assert.Equal(ScalarType.BFloat16, addend.Grad!.Type);
        Assert.Equal(0, (sum - (stream + addend)).Abs().Max().Item());
    }

    [Fact]
    public void RmsNorm_UnderAutocast_WritesWhatProductsWant()
    {
        using var scope = new TensorScope();
        using (Autocast.Enable())
        {
            Assert.Equal(ScalarType.BFloat16, FusedOperators.RmsNorm(Tensor.Ones([2, 8]), Tensor.Ones([8]), Epsilon).Type);
        }

        Assert.Equal(ScalarType.Float32, FusedOperators.RmsNorm(Tensor.Ones([2, 8]), Tensor.Ones([8]), Epsilon).Type);
    }

    [Fact]
    public void RmsNorm_OfANumberThatIsNone_StaysNone()
    {
        using var scope = new TensorScope();
        var normed = FusedOperators.RmsNorm(Tensor.From([1f, float.NaN, 3f, 4f], [2, 2]), Tensor.Ones([2]), Epsilon).ToArray<float>();
        Assert.All(normed[..2], x => Assert.True(float.IsNaN(x)));
        Assert.All(normed[2..], x => Assert.True(float.IsFinite(x)));
    }

    [Fact]
    public void RmsNorm_WeightOfAnotherWidth_NamesBothShapes()
    {
        using var scope = new TensorScope();
        var error = Assert.Throws<TorchException>(() => FusedOperators.RmsNorm(Tensor.Ones([2, 8]), Tensor.Ones([7]), Epsilon));
        Assert.Contains("[7]", error.Message);
        Assert.Contains("[2, 8]", error.Message);
    }
}
