using Collimate.Torch.Fused;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Torch.Tests.Fused;

public class ActivationTests
{
    private static Tensor[] Gated(Tensor[] t)
    {
        var halves = t[0].Chunk(2, -1);
        return [halves[0].Silu() * halves[1]];
    }

    private static Tensor[] FusedGated(Tensor[] t) => [FusedOperators.SwiGlu(t[0])];

    private static Tensor[] Gelu(Tensor[] t) => [t[0].Gelu(tanh: true)];

    private static Tensor[] FusedGelu(Tensor[] t) => [FusedOperators.GeluTanh(t[0])];

    [Fact]
    public void Activations_AnyShape_AgreeWithThePlainForms() =>
        Check.One(Properties.Hold.WithMaxTest(25), Prop.ForAll((NonNegativeInt rows, PositiveInt columns) =>
        {
            using var scope = new TensorScope();
            var (n, width) = (rows.Get % 5, columns.Get * 13 % 700); // past one stretch of 512
            var x = Agreement.Random((ulong)width, n, 2 * width) * 4;
            return Agreement.Distance(FusedGated, Gated, ScalarType.Float32, x) < 1e-5
                && Agreement.Distance(FusedGelu, Gelu, ScalarType.Float32, x) < 1e-5;
        }));

    [Fact]
    public void Activations_InBFloat16_AgreeWithinItsDigits()
    {
        using var scope = new TensorScope();
        Assert.InRange(Agreement.Distance(FusedGated, Gated, ScalarType.BFloat16, Agreement.Random(1, 5, 70)), 0, 0.02);
        Assert.InRange(Agreement.Distance(FusedGelu, Gelu, ScalarType.BFloat16, Agreement.Random(1, 5, 70)), 0, 0.02);
    }

    [Fact]
    public void SwiGlu_InDoublePrecision_HasTheGradientThatSlopesShow()
    {
        using var scope = new TensorScope();
        Assert.InRange(Agreement.DistanceFromSlopes(FusedGated, Agreement.Random(1, 3, 8)), 0, 1e-7);
    }

    [Fact]
    public void SwiGlu_OfAViewThatIsNotDense_ReadsTheViewsOrder()
    {
        using var scope = new TensorScope();
        Tensor[] Turned(Func<Tensor[], Tensor[]> f, Tensor[] t) => f([t[0].Transpose(0, 1)]);
        Assert.InRange(Agreement.Distance(t => Turned(FusedGated, t), t => Turned(Gated, t), ScalarType.Float32, Agreement.Random(1, 6, 5)), 0, 1e-5);
    }

    [Theory]
    [InlineData(-200, 0)]
    [InlineData(200, 200)]
    public void Activations_FarFromZero_ReachTheirLimits(float x, float limit)
    {
        using var scope = new TensorScope();
        Assert.Equal(limit, FusedOperators.GeluTanh(Tensor.From([x])).Item(), 4);
        Assert.Equal(limit, FusedOperators.SwiGlu(Tensor.From([x, 1f])).Item(), 4);
    }
}
