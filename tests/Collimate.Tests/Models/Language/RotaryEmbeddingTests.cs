using Collimate.Models;
using Collimate.Models.Language;
using Collimate.Torch;
using Collimate.Torch.Fused;

namespace Collimate.Tests.Models.Language;

public sealed class RotaryEmbeddingTests
{
    [Theory]
    [InlineData(1.0)]
    [InlineData(4.0)]
    public void Rotate_KnownAngles_EqualsClosedForm(double scaling)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(3);
        const int Size = 6;
        const double Theta = 50;
        long[] positions = [0, 7, 3, 30];
        var heads = Tensor.RandomNormal([1, 2, 4, Size], generator);

        var turned = Near.Floats(Turned(heads, new RotaryEmbedding(Size, Theta, scaling).Angles(Tensor.From(positions, [1, 4]))));

        var x = Near.Floats(heads);
        for (var row = 0; row < 8; row++)
        {
            for (var i = 0; i < Size / 2; i++)
            {
                var angle = positions[row % 4] / scaling * Math.Pow(Theta, -2.0 * i / Size);
                var (a, b) = (x[(row * Size) + i], x[(row * Size) + i + (Size / 2)]);
                Assert.Equal((a * Math.Cos(angle)) - (b * Math.Sin(angle)), turned[(row * Size) + i], 1e-5);
                Assert.Equal((b * Math.Cos(angle)) + (a * Math.Sin(angle)), turned[(row * Size) + i + (Size / 2)], 1e-5);
            }
        }
    }

    [Fact]
    public void Rotate_QueryAndKeyMovedTogether_KeepTheirProduct()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(4);
        var rotary = new RotaryEmbedding(8, 10000);
        var (query, key) = (Tensor.RandomNormal([1, 1, 1, 8], generator), Tensor.RandomNormal([1, 1, 1, 8], generator));
        double Product(long m, long n) => (Turned(query, rotary.Angles(Tensor.From([m], [1, 1]))) * Turned(key, rotary.Angles(Tensor.From([n], [1, 1])))).Sum().Item();

        Assert.Equal(Product(5, 2), Product(105, 102), 1e-4);
        Assert.NotEqual(Product(5, 2), Product(5, 3), 1e-3);
    }

    // The operator takes queries packed with keys and values; those are zeros here and left out.
    private static Tensor Turned(Tensor heads, RotaryAngles angles)
    {
        var (count, positions, size) = (heads.Size(1), heads.Size(2), heads.Size(3));
        var packed = Tensor.Cat([heads.Transpose(1, 2).Reshape(1, positions, count * size), Tensor.Zeros([1, positions, 2 * size])], -1);
        return FusedOperators.RotaryQkv(packed, angles.Cos, angles.Sin, (int)count, 1).Query;
    }
}
