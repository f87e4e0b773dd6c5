using Collimate.Torch.Fused;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Torch.Tests.Fused;

/// <summary>A prefix mask in one call against the same split in two: the picture's block unmasked, the text causal over everything.</summary>
public class SplitAttentionTests
{
    [Fact]
    public void Attention_OfAPicturesBlockAndTheTextApart_EqualsTheRuleInOneCall() =>
        Check.One(Properties.Hold.WithMaxTest(25), Prop.ForAll((int seed) =>
        {
            using var scope = new TensorScope();
            var random = new System.Random(seed);
            var (batch, groups, share) = (random.Next(1, 3), random.Next(1, 3), random.Next(1, 4));
            var (image, text, size) = (random.Next(1, 70), random.Next(1, 70), random.Next(1, 5) * 8);
            var (heads, length) = (groups * share, image + text);
            var marks = Tensor.From([.. Enumerable.Range(0, batch * length).Select(k => k % length < image ? 1 : 0)], [batch, length]);
            Tensor[] Dense(Tensor[] t) => [FusedOperators.Attention(t[0], t[1], t[2], new AttentionRule(IsCausal: true, Group: marks.To(ScalarType.Int32)))];
            Tensor[] Split(Tensor[] t) =>
            [
                Tensor.Cat(
                    [
                        FusedOperators.Attention(t[0].Narrow(2, 0, image), t[1].Narrow(2, 0, image), t[2].Narrow(2, 0, image), AttentionRule.Full),
                        FusedOperators.Attention(t[0].Narrow(2, image, text), t[1], t[2], AttentionRule.Causal),
                    ],
                    1),
            ];
            return Agreement.Distance(
                Dense, Split, ScalarType.Float32,
                Agreement.Random(1, batch, heads, length, size), Agreement.Random(2, batch, groups, length, size), Agreement.Random(3, batch, groups, length, size)) < 2e-5;
        }));
}
