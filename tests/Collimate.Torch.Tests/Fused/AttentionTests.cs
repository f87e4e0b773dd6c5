using Collimate.Torch.Fused;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Torch.Tests.Fused;

public class AttentionTests
{
    /// <summary>A random description in plain arrays, and the rule as it is written down, one pair at a time.</summary>
    private sealed class Description
    {
        private readonly int batch;
        private readonly int keys;
        private readonly bool causal;
        private readonly int[]?[] parts;

        public Description(System.Random random, int batch, int keys)
        {
            (this.batch, this.keys, causal) = (batch, keys, random.Next(3) > 0);
            var values = new[] { 3, 3, 2, 2 };
            parts = [.. values.Select(most => random.Next(3) == 0 ? null : Enumerable.Range(0, batch * keys).Select(_ => random.Next(most)).ToArray())];
            if (parts[0] is { } several && random.Next(2) == 0)
            {
                // More than one sample in a row, each with a part that its documents share.
                parts[0] = [.. several.Select(document => (random.Next(3) * AttentionRule.DocumentsPerSample) + document)];
            }

            if (parts[0] is { } documents && random.Next(2) == 0)
            {
                for (var row = 0; row < batch; row++)
                {
                    Array.Sort(documents, row * keys, keys); // packed one after the other, the shared prefix first
                }
            }
        }

        public AttentionRule Rule => new(causal, Part(0), Part(1), Part(2), Part(3));

        /// <summary><c>[batch, 1, queries, keys]</c></summary>
        public Tensor Unseen(int queries)
        {
            var unseen = new bool[batch * queries * keys];
            for (var at = 0; at < unseen.Length; at++)
            {
                unseen[at] = !Sees(at / (queries * keys), keys - queries + (at / keys % queries), at % keys);
            }

            return Tensor.From<bool>(unseen, [batch, 1, queries, keys]);
        }

        private bool Sees(int row, int i, int j)
        {
            int At(int part, int position, int otherwise) => parts[part] is { } values ? values[(row * keys) + position] : otherwise;
            return At(3, j, 1) != 0
                && (At(0, i, 0) == At(0, j, 0) || At(0, j, 0) == At(0, i, 0) / AttentionRule.DocumentsPerSample * AttentionRule.DocumentsPerSample)
                && (!causal || j <= i || (At(1, i, 0) == At(1, j, 0) && At(1, i, 0) != 0) || At(2, j, 0) != 0);
        }

        private Tensor? Part(int part) => parts[part] is { } values ? Tensor.From(values, [batch, keys]) : null;
    }

    private static Tensor Plain(Tensor query, Tensor key, Tensor value, Tensor unseen)
    {
        var (batch, heads, queries, size, shared) = (query.Size(0), query.Size(1), query.Size(2), query.Size(3), query.Size(1) / key.Size(1));
        var scores = query.MatMul(key.RepeatInterleave(shared, 1).Transpose(-2, -1)) / Math.Sqrt(size);
        var weights = scores.MaskedFill(unseen, -1e300).Softmax(-1).MaskedFill(unseen, 0);
        return weights.MatMul(value.RepeatInterleave(shared, 1)).Transpose(1, 2).Reshape(batch, queries, heads * size);
    }

    private static Tensor Turn(Tensor heads, Tensor cos, Tensor sin)
    {
        var halves = heads.Chunk(2, -1);
        return Tensor.Cat([(halves[0] * cos) - (halves[1] * sin), (halves[1] * cos) + (halves[0] * sin)], -1);
    }

    private static Tensor[] PlainParts(Tensor packed, Tensor? angles, int heads, int groups)
    {
        var parts = packed.View(packed.Size(0), packed.Size(1), heads + (2 * groups), -1).Transpose(1, 2);
        var (query, key, value) = (parts.Narrow(1, 0, heads), parts.Narrow(1, heads, groups), parts.Narrow(1, heads + groups, groups));
        if (angles is null)
        {
            return [query, key, value];
        }

        var (cos, sin) = (angles.To(packed.Type).Cos().Unsqueeze(1), angles.To(packed.Type).Sin().Unsqueeze(1));
        return [Turn(query, cos, sin), Turn(key, cos, sin), value];
    }

    private static (int Batch, int Groups, int Heads, int Size, int Keys, int Queries) Shape(System.Random random)
    {
        T One<T>(params T[] of) => of[random.Next(of.Length)];
        var (groups, keys) = (One(1, 2, 3), One(2, 15, 16, 17, 50, 70, 130));
        return (One(1, 2), groups, groups * One(1, 2, 3, 5, 27), One(2, 8, 16, 24, 32, 40, 72), keys, One(1, keys, (keys + 1) / 2));
    }

    [Theory]
    [InlineData(ScalarType.Float32, 2e-5)]
    [InlineData(ScalarType.BFloat16, 3e-2)]
    [InlineData(ScalarType.Float64, 1e-10)]
    public void Attention_AnyShapeAndRule_AgreesWithAMatrixOfTheRule(ScalarType type, double tolerance) =>
        Check.One(Properties.Hold.WithMaxTest(20), Prop.ForAll((int seed) =>
        {
            using var scope = new TensorScope();
            var random = new System.Random(seed);
            var (batch, groups, heads, size, keys, queries) = Shape(random);
            var description = new Description(random, batch, keys);
            var (rule, unseen) = (description.Rule, description.Unseen(queries));
            return Agreement.Distance(
                t => [FusedOperators.Attention(t[0], t[1], t[2], rule)],
                t => [Plain(t[0], t[1], t[2], unseen)],
                type,
                Agreement.Random(1, batch, heads, queries, size), Agreement.Random(2, batch, groups, keys, size), Agreement.Random(3, batch, groups, keys, size)) < tolerance;
        }));

    [Theory]
    [InlineData(ScalarType.Float32, 2e-5)]
    [InlineData(ScalarType.BFloat16, 4e-2)]
    [InlineData(ScalarType.Float64, 1e-6)] // the angles are in single precision
    public void AttentionFromAPackedProjection_AnyShapeAndRule_AgreesWithItsParts(ScalarType type, double tolerance) =>
        Check.One(Properties.Hold.WithMaxTest(20), Prop.ForAll((int seed) =>
        {
            using var scope = new TensorScope();
            var random = new System.Random(seed);
            var (batch, groups, heads, size, keys, _) = Shape(random);
            var description = new Description(random, batch, keys);
            var (rule, unseen) = (description.Rule, description.Unseen(keys));
            var angles = Agreement.Random(5, random.Next(2) == 0 ? 1 : batch, keys, size / 2);
            var (cos, sin) = (angles.Cos(), angles.Sin());
            return Agreement.Distance(
                t =>
                {
                    var (query, key, value) = FusedOperators.RotaryQkv(t[0], cos, sin, heads, groups);
                    return [FusedOperators.RotaryAttention(t[0], cos, sin, heads, groups, rule), FusedOperators.PackedAttention(t[0], heads, groups, rule), query, key, value];
                },
                t =>
                {
                    var (turned, plain) = (PlainParts(t[0], angles, heads, groups), PlainParts(t[0], null, heads, groups));
                    return [Plain(turned[0], turned[1], turned[2], unseen), Plain(plain[0], plain[1], plain[2], unseen), turned[0], turned[1], turned[2]];
                },
                type,
                Agreement.Random(1, batch, keys, (heads + (2 * groups)) * size)) < tolerance;
        }));

    [Fact]
    public void Attention_InDoublePrecision_HasTheGradientsThatSlopesShow()
    {
        using var scope = new TensorScope();
        var rule = new AttentionRule(true, Document: Tensor.From([0, 1, 1, 2], [1, 4]));
        Assert.InRange(
            Agreement.DistanceFromSlopes(
                t => [FusedOperators.Attention(t[0], t[1], t[2], rule)],
                Agreement.Random(1, 1, 2, 4, 3), Agreement.Random(2, 1, 1, 4, 3), Agreement.Random(3, 1, 1, 4, 3)),
            0,
            1e-7);
    }

    [Fact]
    public void Attention_OfPositionsThatSeeNothing_GivesZerosAndNoGradient()
    {
        using var scope = new TensorScope();
        var rule = new AttentionRule(true, Valid: Tensor.From([0, 0, 1, 1], [1, 4]));
        var value = Agreement.Random(3, 1, 1, 4, 8);
        value.RequiresGrad = true;
        var mixed = FusedOperators.Attention(Agreement.Random(1, 1, 1, 4, 8), Agreement.Random(2, 1, 1, 4, 8), value, rule);
        mixed.Sum().Backward();
        Assert.Equal(0, mixed.Narrow(1, 0, 2).Abs().Max().Item());
        Assert.Equal(0, value.Grad!.Narrow(2, 0, 2).Abs().Max().Item()); // exactly: nothing hidden leaks
        Assert.True(value.Grad!.Narrow(2, 2, 2).Abs().Min().Item() > 0);
    }

    [Fact]
    public void Attention_WithVeryLargeScores_StaysFinite()
    {
        using var scope = new TensorScope();
        var query = Agreement.Random(1, 1, 2, 20, 16) * 300;
        var mixed = FusedOperators.Attention(query, query, Tensor.Ones([1, 2, 20, 16]), AttentionRule.Causal);
        Assert.Equal(0, (mixed - 1).Abs().Max().Item(), 5);
    }

    [Fact]
    public void Attention_DescriptionOfAnotherLength_NamesWhatItNeeds()
    {
        using var scope = new TensorScope();
        var heads = Tensor.Zeros([1, 1, 4, 8]);
        var error = Assert.Throws<TorchException>(() => FusedOperators.Attention(heads, heads, heads, new AttentionRule(true, Valid: Tensor.Zeros([1, 3], ScalarType.Int32))));
        Assert.Contains("[1, 4]", error.Message);
        Assert.Contains("[1, 3]", error.Message);
    }
}
