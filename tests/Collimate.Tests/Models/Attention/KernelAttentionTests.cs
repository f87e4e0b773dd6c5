using Collimate.Models.Attention;
using Collimate.Torch;
using Collimate.Torch.Fused;

namespace Collimate.Tests.Models.Attention;

public sealed class KernelAttentionTests
{
    [Theory]
    [InlineData(4, 4, 7, 7)]
    [InlineData(4, 2, 7, 7)]
    [InlineData(6, 2, 1, 9)]
    [InlineData(4, 1, 3, 8)]
    public void Attention_RandomDescription_EqualsLoops(int heads, int groups, int queries, int keys)
    {
        using var scope = new TensorScope();
        const int Batch = 2, Size = 8;
        using var generator = new Generator(11);
        var spec = RandomSpecs.Any(new Random(heads + keys), Batch, keys);
        var query = Tensor.RandomNormal([Batch, heads, queries, Size], generator);
        var key = Tensor.RandomNormal([Batch, groups, keys, Size], generator);
        var value = Tensor.RandomNormal([Batch, groups, keys, Size], generator);

        var actual = FusedOperators.Attention(query, key, value, spec.On(Device.Cpu, keys - queries));

        Assert.Equal([Batch, queries, heads * Size], actual.Shape);
        var expected = Loops(query, key, value, (row, i, j) => spec.Sees(row, keys - queries + i, j));
        Assert.InRange(Near.Distance(expected, Near.Floats(actual)), 0, 1e-5);
    }

    [Fact]
    public void Attention_WithoutDescription_EveryoneSeesEveryone()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(12);
        var query = Tensor.RandomNormal([1, 2, 3, 4], generator);
        var key = Tensor.RandomNormal([1, 2, 5, 4], generator);
        var value = Tensor.RandomNormal([1, 2, 5, 4], generator);
        Assert.InRange(Near.Distance(Loops(query, key, value, (_, _, _) => true), Near.Floats(FusedOperators.Attention(query, key, value, AttentionRule.Full))), 0, 1e-5);
    }

    [Fact]
    public void Attention_BlindPosition_GivesZerosAndFiniteGradients()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(13);
        var query = Tensor.RandomNormal([1, 1, 3, 4], generator);
        var key = Tensor.RandomNormal([1, 1, 3, 4], generator);
        query.RequiresGrad = true;
        key.RequiresGrad = true;
        var mixed = FusedOperators.Attention(query, key, Tensor.RandomNormal([1, 1, 3, 4], generator), AttentionSpec.Causal(1, 3, [0, 1, 1]).On(Device.Cpu));
        mixed.Square().Sum().Backward();

        Assert.Equal(new float[4], Near.Floats(mixed.Select(1, 0)));
        Assert.All(Near.Floats(query.Grad!), g => Assert.True(float.IsFinite(g)));
        Assert.All(Near.Floats(key.Grad!).Take(4), g => Assert.Equal(0, g));
    }

    private static float[] Loops(Tensor query, Tensor key, Tensor value, Func<int, int, int, bool> sees)
    {
        var (batch, heads, queries, size) = ((int)query.Size(0), (int)query.Size(1), (int)query.Size(2), (int)query.Size(3));
        var (groups, keys) = ((int)key.Size(1), (int)key.Size(2));
        var (q, k, v) = (Near.Floats(query), Near.Floats(key), Near.Floats(value));
        var mixed = new float[batch * queries * heads * size];
        for (var (row, cell) = (0, 0); row < batch; row++)
        {
            for (var i = 0; i < queries; i++)
            {
                for (var head = 0; head < heads; head++)
                {
                    var from = ((row * heads) + head) * queries + i;
                    var shared = ((row * groups) + (head / (heads / groups))) * keys;
                    var weights = new double[keys];
                    for (var j = 0; j < keys; j++)
                    {
                        var score = Enumerable.Range(0, size).Sum(d => (double)q[(from * size) + d] * k[((shared + j) * size) + d]);
                        weights[j] = sees(row, i, j) ? Math.Exp(score / Math.Sqrt(size)) : 0;
                    }

                    var sum = weights.Sum();
                    for (var d = 0; d < size; d++, cell++)
                    {
                        mixed[cell] = sum == 0 ? 0 : (float)Enumerable.Range(0, keys).Sum(j => weights[j] / sum * v[((shared + j) * size) + d]);
                    }
                }
            }
        }

        return mixed;
    }
}
