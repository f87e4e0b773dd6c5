using Collimate.Torch.Fused;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Torch.Tests.Fused;

public class DecodingTests
{
    private static readonly ScalarType[] StoredTypes = [ScalarType.Float32, ScalarType.BFloat16, ScalarType.Float16];

    [Fact]
    public void Linear_FewRowsOfAnyStoredTypeAndLayout_AgreesWithDoublePrecision() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            using var scope = new TensorScope();
            using var noGradient = GradMode.Disable();
            var random = new System.Random(seed);
            var (rows, columns) = (random.Next(1, 18), random.Next(1, 40));
            var width = random.Next(4) switch { 0 => random.Next(1, 16), 1 => 64 * random.Next(1, 6), 2 => 32 * random.Next(1, 9), _ => random.Next(1, 300) };
            var type = StoredTypes[random.Next(3)];
            // A part of a wider matrix begins anywhere in a line of the cache, and its rows need not be neighbours.
            var (before, behind) = (random.Next(40), random.Next(2) == 0 ? 0 : random.Next(40));
            var whole = Agreement.Random((ulong)seed + 1, (columns * (width + behind)) + before).To(type);
            var weight = whole.Narrow(0, before, columns * (width + behind)).View(columns, width + behind).Narrow(1, 0, width);
            var bias = random.Next(2) == 0 ? null : Agreement.Random((ulong)seed + 2, columns).To(StoredTypes[random.Next(3)]);
            var x = Agreement.Random((ulong)seed + 3, rows, width);

            var found = FusedOperators.Linear(x, weight, bias);

            var expected = x.To(ScalarType.Float64).Linear(weight.To(ScalarType.Float64), bias?.To(ScalarType.Float64));
            Assert.Equal(ScalarType.Float32, found.Type);
            Assert.Equal([rows, columns], found.Shape);
            Assert.InRange((expected - found).Abs().Max().Item(), 0, rows <= 16 || type != ScalarType.BFloat16 ? 1e-5 * Math.Sqrt(width) : 0.05 * Math.Sqrt(width));
        }).Check(Properties.Hold);

    [Fact]
    public void Linear_ExtremeHalfNumbers_AreWidenedExactly()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        // The smallest and largest subnormal number, the smallest and largest normal one, both zeros; then not finite ones.
        float[] numbers = [5.9604645e-8f, 6.097555e-5f, 6.1035156e-5f, 65504, 0, -0f, -1.5f, float.PositiveInfinity, float.NegativeInfinity, float.NaN];
        var weight = Tensor.From(numbers, [numbers.Length, 1]).To(ScalarType.Float16);
        Assert.Equal(numbers, FusedOperators.Linear(Tensor.Ones([1, 1]), weight).ToArray<float>());
        var wide = weight.Expand(-1, 1).Repeat(1, 1) * Tensor.Ones([1, 1]).To(ScalarType.Float16);
        Assert.Equal(numbers, FusedOperators.Linear(Tensor.Ones([1, 1]), wide.Contiguous()).ToArray<float>());
        var first = Tensor.Zeros([1, 70]);
        first.Narrow(1, 0, 1).Fill_(1);
        var longer = Tensor.Zeros([7, 70]).To(ScalarType.Float16);
        longer.Narrow(1, 0, 1).CopyFrom_(weight.Narrow(0, 0, 7));
        Assert.Equal(numbers[..7], FusedOperators.Linear(first, longer).ToArray<float>());
    }

    [Fact]
    public void Linear_WhereGradientsAreRecorded_GivesTheSameNumbersAndLibtorchsGradients()
    {
        using var scope = new TensorScope();
        Tensor[] inputs = [Agreement.Random(1, 2, 3, 40), Agreement.Random(2, 20, 40), Agreement.Random(3, 20)];
        Assert.InRange(Agreement.Distance(given => [FusedOperators.Linear(given[0], given[1], given[2])], given => [given[0].Linear(given[1], given[2])], ScalarType.Float32, inputs), 0, 1e-5);
        foreach (var input in inputs)
        {
            input.RequiresGrad = true;
        }

        var recorded = FusedOperators.Linear(inputs[0], inputs[1], inputs[2]);
        Assert.True(recorded.RequiresGrad);
        using var noGradient = GradMode.Disable();
        Assert.Equal(recorded.Detach().ToArray<float>(), FusedOperators.Linear(inputs[0], inputs[1], inputs[2]).ToArray<float>());
    }

    [Theory]
    [InlineData(ScalarType.BFloat16, 0.15)]
    [InlineData(ScalarType.Float16, 1e-5)]
    public void Linear_NarrowWeightAndRecordedInput_LetsGradientsThrough(ScalarType type, double tolerance)
    {
        using var scope = new TensorScope();
        var (x, weight) = (Agreement.Random(1, 3, 40), Agreement.Random(2, 20, 40).To(type));
        x.RequiresGrad = true;
        FusedOperators.Linear(x, weight).Sum().Backward();
        using var noGradient = GradMode.Disable();
        var expected = weight.To(ScalarType.Float32).Sum([0]).Expand(3, 40);
        Assert.InRange((x.Grad! - expected).Abs().Max().Item(), 0, tolerance);
    }

    [Fact]
    public void CachedAttention_OnePositionAtATime_AgreesWithAttentionOverAll() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            using var scope = new TensorScope();
            using var noGradient = GradMode.Disable();
            var random = new System.Random(seed);
            var (batch, groups, shared, size, length) = (random.Next(1, 4), random.Next(1, 4), random.Next(1, 8), 16 * random.Next(1, 7), random.Next(1, 150));
            var heads = groups * shared;
            var type = StoredTypes[random.Next(2)];
            var packed = Agreement.Random((ulong)seed + 1, batch, length, (heads + (2 * groups)) * size);
            var angles = Agreement.Random((ulong)seed + 2, random.Next(2) == 0 ? 1 : batch, length, size / 2);
            var (cos, sin) = (angles.Cos(), angles.Sin());
            var visible = random.Next(2) == 0 ? null : Enumerable.Range(0, batch * length).Select(_ => random.Next(3) > 0 ? 1 : 0).ToArray();
            var shown = visible is null ? null : Tensor.From(visible, [batch, length]);
            var (query, key, value) = FusedOperators.RotaryQkv(packed, cos, sin, heads, groups);
            var keys = Tensor.Full([batch, groups, length + 3, size], double.NaN).To(type);
            var values = keys.Clone();
            keys.Narrow(2, 0, length - 1).CopyFrom_(key.Narrow(2, 0, length - 1));
            values.Narrow(2, 0, length - 1).CopyFrom_(value.Narrow(2, 0, length - 1));

            var found = FusedOperators.CachedAttention(packed.Narrow(1, length - 1, 1), cos.Narrow(1, length - 1, 1), sin.Narrow(1, length - 1, 1), keys, values, length - 1, heads, shown);

            var expected = FusedOperators.Attention(
                query.Narrow(2, length - 1, 1), key.To(type).To(ScalarType.Float32), value.To(type).To(ScalarType.Float32), AttentionRule.Full with { Valid = shown });
            Assert.Equal(expected.Shape, found.Shape);
            Assert.InRange((expected - found).Abs().Max().Item(), 0, 2e-5);
            Assert.Equal(key.To(type).To(ScalarType.Float32).ToArray<float>(), keys.Narrow(2, 0, length).To(ScalarType.Float32).ToArray<float>());
            Assert.Equal(value.To(type).To(ScalarType.Float32).ToArray<float>(), values.Narrow(2, 0, length).To(ScalarType.Float32).ToArray<float>());
        }).Check(Properties.Hold);

    [Fact]
    public void CachedAttention_ThatDoesNotFit_SaysWhatItExpected()
    {
        using var scope = new TensorScope();
        var cache = Tensor.Zeros([1, 1, 4, 16]);
        var (angles, packed) = (Tensor.Zeros([1, 1, 8]), Tensor.Zeros([1, 1, 64]));
        Assert.Contains("outside the cache", Assert.Throws<TorchException>(() => FusedOperators.CachedAttention(packed, angles, angles, cache, cache, 4, 2)).Message);
        Assert.Contains("qkv has shape", Assert.Throws<TorchException>(() => FusedOperators.CachedAttention(packed, angles, angles, cache, cache, 1, 3)).Message);
        packed.RequiresGrad = true;
        Assert.Contains("carries no gradients", Assert.Throws<TorchException>(() => FusedOperators.CachedAttention(packed, angles, angles, cache, cache, 1, 2)).Message);
    }
}
