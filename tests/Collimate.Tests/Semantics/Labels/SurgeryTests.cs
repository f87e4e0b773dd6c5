using Collimate.Models;
using Collimate.Models.Text;
using Collimate.Models.Vision;
using Collimate.Semantics;
using Collimate.Tests.Models;
using Collimate.Torch;

namespace Collimate.Tests.Semantics.Labels;

/// <summary>CLIP Surgery's path of values that attend to values, against the same written number by number.</summary>
public sealed class SurgeryTests
{
    private const int Depth = 6;

    private static readonly VisionConfig Clip = TinyEncoder.Vision with { Family = EncoderFamily.Clip, HasPoolingHead = false, LayerCount = 8, Activation = Activation.QuickGelu };

    [Theory]
    [InlineData(8, 2)] // the second path begins in the middle
    [InlineData(3, 0)] // at the first layer, where there are fewer than six
    public void SurgeryPatchEmbeddings_Clip_EqualsTheDefinition(int layers, int first)
    {
        using var scope = new TensorScope();
        using var off = GradMode.Disable();
        using var model = TinyEncoder.Create(3, Clip with { LayerCount = layers });
        using var generator = new Generator(2);
        var pixels = Tensor.RandomNormal([1, 3, TinyEncoder.Side, TinyEncoder.Side], generator);
        var weights = new Weights(model.StateDict());

        var original = Rows(model.Vision.HiddenState(pixels, first));
        var values = original.Select(row => row.ToArray()).ToArray();
        for (var layer = first; layer < layers; layer++)
        {
            var name = $"vision_model.encoder.layers.{layer}.";
            var normed = weights.Norm(original, name + "layer_norm1");
            var (query, key, value) = (weights.Linear(normed, name + "self_attn.q_proj"), weights.Linear(normed, name + "self_attn.k_proj"), weights.Linear(normed, name + "self_attn.v_proj"));
            values = Sum(values, weights.Linear(Attend(value, value, value), name + "self_attn.out_proj"));
            original = Sum(original, weights.Linear(Attend(query, key, value), name + "self_attn.out_proj"));
            var wide = weights.Linear(weights.Norm(original, name + "layer_norm2"), name + "mlp.fc1");
            var bent = wide.Select(row => row.Select(x => x / (1 + Math.Exp(-1.702 * x))).ToArray()).ToArray();
            original = Sum(original, weights.Linear(bent, name + "mlp.fc2"));
        }

        double[][] expected = [.. weights.Linear(weights.Norm(values, "vision_model.post_layernorm"), "visual_projection").Skip(1)]; // without the class token
        var found = Rows(model.SurgeryPatchEmbeddings(pixels));
        Assert.Equal(4, found.Length);
        foreach (var (mine, theirs) in expected.SelectMany(row => row).Zip(found.SelectMany(row => row)))
        {
            Assert.Equal(mine, theirs, 1e-4);
        }

        Assert.Equal(Math.Max(0, layers - Depth), first);
    }

    [Fact]
    public void SurgeryPatches_Siglip_PassTheHeadOneByOne()
    {
        using var scope = new TensorScope();
        using var off = GradMode.Disable();
        using var model = TinyEncoder.Create(4);
        using var generator = new Generator(5);
        var pixels = Tensor.RandomNormal([2, 3, TinyEncoder.Side, TinyEncoder.Side], generator);

        var found = model.SurgeryPatchEmbeddings(pixels);

        // A tower without layers has one path only; of all its tokens each is pooled as if it were alone.
        using var flat = TinyEncoder.Create(4, TinyEncoder.Vision with { LayerCount = 0 });
        Near.Assert(flat.PatchEmbeddings(pixels), flat.SurgeryPatchEmbeddings(pixels), 1e-6, "no layers");
        Assert.Equal([2, 4, 16], found.Shape);
        Assert.True((found - model.PatchEmbeddings(pixels)).Abs().Max().Item() > 1e-2);
    }

    [Fact]
    public void PatchSight_EveryMode_LooksInItsOwnWay()
    {
        using var scope = new TensorScope();
        using var model = TinyEncoder.Create(6);
        using var generator = new Generator(5);
        var pixels = Tensor.RandomNormal([1, 3, TinyEncoder.Side, TinyEncoder.Side], generator);

        Near.Assert(model.PatchEmbeddings(pixels), PatchSight.Of(model, pixels, SimilarityMode.Raw), 0, "raw");
        Near.Assert(model.PatchEmbeddings(pixels), PatchSight.Of(model, pixels, SimilarityMode.Negated), 0, "negated");
        Near.Assert(model.SurgeryPatchEmbeddings(pixels), PatchSight.Of(model, pixels, SimilarityMode.Surgery), 0, "surgery");
    }

    private static double[][] Rows(Tensor one)
    {
        var (width, all) = ((int)one.Size(-1), one.ToArray<float>());
        return [.. all.Select(x => (double)x).Chunk(width)];
    }

    private static double[][] Sum(double[][] one, double[][] other) => [.. one.Zip(other, (a, b) => a.Zip(b, (x, y) => x + y).ToArray())];

    private static double[][] Attend(double[][] query, double[][] key, double[][] value)
    {
        var size = query[0].Length / Clip.HeadCount;
        double[][] read = [.. query.Select(_ => new double[query[0].Length])];
        for (var head = 0; head < Clip.HeadCount; head++)
        {
            var from = head * size;
            for (var row = 0; row < query.Length; row++)
            {
                double[] weights = [.. key.Select(one => Math.Exp(Enumerable.Range(from, size).Sum(k => query[row][k] * one[k]) / Math.Sqrt(size)))];
                for (var k = from; k < from + size; k++)
                {
                    read[row][k] = Enumerable.Range(0, key.Length).Sum(at => weights[at] * value[at][k]) / weights.Sum();
                }
            }
        }

        return read;
    }

    private sealed class Weights(IReadOnlyDictionary<string, Tensor> state)
    {
        public double[][] Linear(double[][] rows, string name)
        {
            var matrix = Rows(state[name + ".weight"]);
            var bias = state.TryGetValue(name + ".bias", out var given) ? given.ToArray<float>() : new float[matrix.Length];
            return [.. rows.Select(row => matrix.Select((weights, at) => weights.Zip(row, (w, x) => w * x).Sum() + bias[at]).ToArray())];
        }

        public double[][] Norm(double[][] rows, string name)
        {
            var (scale, shift) = (state[name + ".weight"].ToArray<float>(), state[name + ".bias"].ToArray<float>());
            return [.. rows.Select(row =>
            {
                var mean = row.Average();
                var deviation = Math.Sqrt(row.Average(x => (x - mean) * (x - mean)) + Clip.NormEpsilon);
                return row.Select((x, at) => ((x - mean) / deviation * scale[at]) + shift[at]).ToArray();
            })];
        }
    }
}
