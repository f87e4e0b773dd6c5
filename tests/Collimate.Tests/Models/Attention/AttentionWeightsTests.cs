using Collimate.Models;
using Collimate.Models.Attention;
using Collimate.Torch;
using Collimate.Torch.Fused;

namespace Collimate.Tests.Models.Attention;

public sealed class AttentionWeightsTests : IDisposable
{
    private readonly TensorScope scope = new();
    private readonly Generator generator = new(21);

    public void Dispose()
    {
        scope.Dispose();
        generator.Dispose();
    }

    [Theory]
    [InlineData(4, 4, 7, 7)]
    [InlineData(4, 2, 7, 7)]
    [InlineData(6, 2, 1, 9)]
    [InlineData(4, 1, 3, 8)]
    public void Of_RandomDescription_IsWhatFusedAttentionMixesValuesWith(int heads, int groups, int queries, int keys)
    {
        var spec = RandomSpecs.Any(new Random(heads + keys), 2, keys);
        var rule = spec.On(Device.Cpu, keys - queries);
        var query = Tensor.RandomNormal([2, heads, queries, 8], generator);
        var key = Tensor.RandomNormal([2, groups, keys, 8], generator);
        var value = Tensor.RandomNormal([2, groups, keys, 8], generator);

        var weights = AttentionWeights.Of(query, key, rule);                   // [2, heads, queries, keys]

        var mixed = weights.MatMul(value.RepeatInterleave(heads / groups, 1)).Transpose(1, 2).Reshape(2, queries, heads * 8);
        Near.Assert(FusedOperators.Attention(query, key, value, rule), mixed, 1e-5, "weights times values");
    }

    [Fact]
    public void Of_AnyDescription_SharesAddUpToOneOverWhatIsSeen()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var spec = RandomSpecs.Any(new Random(seed), 2, 6);
            var weights = Near.Floats(AttentionWeights.Of(Tensor.RandomNormal([2, 3, 6, 4], generator), Tensor.RandomNormal([2, 3, 6, 4], generator), spec.On(Device.Cpu)));
            for (var line = 0; line < 2 * 3 * 6; line++)
            {
                var (row, i) = (line / 18, line % 6);
                var shares = weights.AsSpan(line * 6, 6).ToArray();
                Assert.All(Enumerable.Range(0, 6), j => Assert.True(spec.Sees(row, i, j) ? shares[j] > 0 : shares[j] == 0, $"seed {seed}, row {row}, {i} to {j}: {shares[j]}"));
                Assert.Equal(Enumerable.Range(0, 6).Any(j => spec.Sees(row, i, j)) ? 1 : 0, shares.Sum(), 5);
            }
        }
    }

    [Fact]
    public void Of_ScaleAndBias_EnterTheScores()
    {
        var query = Tensor.From<float>([1, 0, 0, 1], [1, 1, 2, 2]);
        var bias = Tensor.From<float>([0, 1, 0, 0], [1, 1, 2, 2]);

        var weights = Near.Floats(AttentionWeights.Of(query, query, AttentionRule.Full, scale: 2, bias: bias)); // scores [2, 1; 0, 2]

        Assert.Equal(Math.E / (1 + Math.E), weights[0], 6);
        Assert.Equal(1 / (1 + Math.Exp(2)), weights[2], 6);
    }

    [Fact]
    public void Trace_Disposed_ReleasesWhatItKept()
    {
        Tensor state;
        using (var trace = new ForwardTrace())
        {
            var passing = Tensor.Ones([2]);
            trace.AddState(passing);
            passing.Dispose();
            state = trace.HiddenStates[0];
            Assert.Equal([1f, 1f], state.ToArray<float>()); // outlives the pass that it was taken from
            Assert.False(trace.WantsAttentions);
        }

        Assert.True(state.IsDisposed);
    }
}
