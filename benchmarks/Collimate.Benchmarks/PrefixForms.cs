using Collimate.Torch;
using Collimate.Torch.Fused;

namespace Collimate.Benchmarks;

/// <summary>
/// Attention with a prefix mask in two forms: in one call whose rule says who sees whom, and split into a picture's block that sees all of itself and text
/// that is causal over everything, as attention operators without rules must do it.
/// </summary>
internal static class PrefixForms
{
    private const int Image = 256;
    private const int Heads = 14;
    private const int Groups = 2;
    private const int Size = 64;

    public static void Run(Options options, ResultFile page)
    {
        var rounds = options.Number("rounds", 5);
        page.Add($"{Heads} query and {Groups} key heads of {Size}, {Image} image tokens before the text, 2 rows, forward and backward, 1 thread; milliseconds of processor time, medians of {rounds}.");
        page.Add("");
        page.Add("| type | text tokens | one call with the rule | split | rule / split | causal throughout | largest difference |");
        page.Add("|---|---|---|---|---|---|---|");
        foreach (var type in (ScalarType[])[ScalarType.Float32, ScalarType.BFloat16])
        {
            foreach (var text in (int[])[64, 128, 256])
            {
                Measure(page, type, text, rounds);
            }
        }
    }

    private static void Measure(ResultFile page, ScalarType type, int text, int rounds)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        var length = Image + text;
        var inputs = new[] { Heads, Groups, Groups }.Select(heads => Leaf(Tensor.RandomNormal([2, heads, length, Size], generator).To(type))).ToArray();
        var weight = Tensor.RandomNormal([2, length, Heads * Size], generator).To(type);
        var rule = new AttentionRule(IsCausal: true, Group: Tensor.From([.. Enumerable.Range(0, 2 * length).Select(k => k % length < Image ? 1 : 0)], [2, length]));
        Tensor Ruled() => FusedOperators.Attention(inputs[0], inputs[1], inputs[2], rule);
        Tensor Causal() => FusedOperators.Attention(inputs[0], inputs[1], inputs[2], AttentionRule.Causal);
        Tensor Split()
        {
            var picture = inputs.Select(x => x.Narrow(2, 0, Image)).ToArray();
            var seen = FusedOperators.Attention(picture[0], picture[1], picture[2], AttentionRule.Full);
            var read = FusedOperators.Attention(inputs[0].Narrow(2, Image, text), inputs[1], inputs[2], AttentionRule.Causal);
            return Tensor.Cat([seen, read], 1);
        }

        var difference = (Ruled() - Split()).Abs().Max().Item();
        var (ruled, split, causal) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            ruled.Add(Milliseconds(Ruled, inputs, weight));
            split.Add(Milliseconds(Split, inputs, weight));
            causal.Add(Milliseconds(Causal, inputs, weight));
        }

        page.Add($"| {type} | {text} | {Peer.Median(ruled):F2} | {Peer.Median(split):F2} | {Peer.Median(ruled) / Peer.Median(split):F3} | {Peer.Median(causal):F2} | {difference:E1} |");
    }

    private static double Milliseconds(Func<Tensor> form, Tensor[] inputs, Tensor weight)
    {
        const int Inner = 10;
        var begin = TimeSpan.Zero;
        for (var k = -2; k < Inner; k++)
        {
            using var scope = new TensorScope();
            if (k == 0)
            {
                begin = Environment.CpuUsage.TotalTime;
            }

            _ = Gradients.Of([form()], inputs, [weight]);
        }

        return (Environment.CpuUsage.TotalTime - begin).TotalMilliseconds / Inner;
    }

    private static Tensor Leaf(Tensor values)
    {
        var leaf = values.Detach();
        leaf.RequiresGrad = true;
        return leaf;
    }
}
