using Collimate.Alignment;
using Collimate.Alignment.Objectives;
using Collimate.Semantics;
using Collimate.Tests.Alignment;
using Collimate.Torch;

namespace Collimate.Tests.Semantics;

/// <summary>SEA's loss against a slow direct one, and its gradients against differences.</summary>
public class SemanticAlignmentTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Contrast_AnyNumberOfPairs_EqualsTheDefinition(int pairs)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(5);
        var seen = Tensor.RandomNormal([pairs, 6], generator, ScalarType.Float64);
        var meant = Tensor.RandomNormal([pairs, 6], generator, ScalarType.Float64);

        var loss = SemanticAlignment.Contrast(seen, meant, Tensor.Scalar(0.7, ScalarType.Float64)).Item();

        Assert.Equal(Direct(seen.ToArray<double>(), meant.ToArray<double>(), pairs, 0.7), loss, 10);
    }

    [Fact]
    public void Contrast_Gradients_EqualDifferences()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(6);
        var seen = Tensor.RandomNormal([4, 5], generator, ScalarType.Float64);
        var meant = Tensor.RandomNormal([4, 5], generator, ScalarType.Float64);
        var scale = Tensor.Scalar(1.1, ScalarType.Float64);
        seen.RequiresGrad = scale.RequiresGrad = true;

        SemanticAlignment.Contrast(seen, meant, scale).Backward();

        var (values, words) = (seen.Detach().ToArray<double>(), meant.ToArray<double>());
        const double step = 1e-6;
        foreach (var (at, gradient) in seen.Grad!.ToArray<double>().Index())
        {
            double[] up = [.. values], down = [.. values];
            (up[at], down[at]) = (up[at] + step, down[at] - step);
            Assert.Equal((Direct(up, words, 4, 1.1) - Direct(down, words, 4, 1.1)) / (2 * step), gradient, 7);
        }

        Assert.Equal((Direct(values, words, 4, 1.1 + step) - Direct(values, words, 4, 1.1 - step)) / (2 * step), scale.Grad!.Item(), 7);
    }

    [Fact]
    public void Loss_PiecesOfABatch_ReachConnectorAndScaleAndNothingOfTheWords()
    {
        using var scope = new TensorScope();
        using var model = TinyVisionModel.Create();
        var words = WordList.Of(["ab", "c", "de", "f"]);
        // Every patch has a word of its own.
        using var objective = new SemanticAlignment(
            new Given(words, new PatchLabels(4, 1, [0, 1, 2, 3], [1, 1, 1, 1])), WordTargets.Of(words, new MuteTokenizer(TinyVisionModel.Tokenizer)), new PairSampler(1, false), 0.5);
        using var batch = TinyVisionModel.Batcher(packed: false).ToBatch([TinyVisionModel.SampleWith(2)], forGeneration: false, Device.Cpu);
        var context = new PassContext { Training = true, Seed = 3 };
        var pass = model.Forward(batch, pass: context);

        var loss = objective.Loss(pass, new BatchShare(1, Rows: 4, default));
        loss.Backward();

        // Four words over two pictures: of each word one patch stays.
        var chosen = new PairSampler(1, false).Draw([.. Enumerable.Repeat(new PatchLabels(4, 1, [0, 1, 2, 3], [1, 1, 1, 1]), 2)], model.Vision.Grid, 3);
        Assert.Equal(4, chosen.Length);
        var width = (int)pass.Visual!.Size(2);
        var visual = pass.Visual.Detach().ToArray<float>();
        var table = model.Language.EmbeddingWeight.Detach().ToArray<float>();
        double[] seen = [.. chosen.SelectMany(pair => Enumerable.Range(0, width).Select(k => (double)visual[((((pair.Image * 4) + pair.Patch) * width) + k)]))];
        double[] meant = [.. chosen.SelectMany(pair => Mean(table, TinyVisionModel.Tokenizer.Encode(words[pair.Word]), width))];
        Assert.Equal(Direct(seen, meant, 4, 0.5) / 4, loss.Item(), 5); // one row of four

        Assert.NotNull(((Module)model.Connector).Parameters().First().Grad);
        Assert.NotNull(objective.Parameters().Single().Grad);
        Assert.Equal(["sea/loss", "sea/pairs_per_picture", "sea/scale"], context.Measures.Means.Keys);
        Assert.Equal(2, context.Measures.Means["sea/pairs_per_picture"]);
    }

    [Theory]
    [InlineData(new[] { -1, -1, -1, -1 })] // nothing labelled
    [InlineData(new[] { -1, 2, -1, -1 })]  // one patch
    [InlineData(new[] { 1, 1, 1, 1 })]     // all the same
    public void Loss_BatchWithLittleToTell_IsFiniteAndZero(int[] labelled)
    {
        using var scope = new TensorScope();
        using var model = TinyVisionModel.Create();
        var words = WordList.Of(["ab", "c", "de"]);
        using var objective = new SemanticAlignment(
            new Given(words, new PatchLabels(4, 1, labelled, [.. labelled.Select(word => word < 0 ? 0f : 1)])), WordTargets.Of(words, new MuteTokenizer(TinyVisionModel.Tokenizer)), new PairSampler(2, false), 0);
        using var batch = TinyVisionModel.Batcher(packed: false).ToBatch([TinyVisionModel.SampleWith(1)], forGeneration: false, Device.Cpu);

        var loss = objective.Loss(model.Forward(batch), new BatchShare(1, 1, default));
        loss.Backward();

        Assert.Equal(0, loss.Item(), 6);
        Assert.All(model.Parameters().Where(p => p.Grad is not null), p => Assert.True(p.Grad!.IsFinite().All().Item() != 0));
    }

    private static IEnumerable<double> Mean(float[] table, int[] tokens, int width) =>
        Enumerable.Range(0, width).Select(k => tokens.Average(token => (double)table[(token * width) + k]));

    private static double Direct(double[] seen, double[] meant, int pairs, double scale)
    {
        var width = seen.Length / pairs;
        double Length(double[] rows, int row) => Math.Sqrt(Enumerable.Range(0, width).Sum(k => rows[(row * width) + k] * rows[(row * width) + k]));
        double Logit(int i, int j) => Math.Exp(scale)
            * Enumerable.Range(0, width).Sum(k => seen[(i * width) + k] * meant[(j * width) + k]) / (Length(seen, i) * Length(meant, j));
        var sum = 0.0;
        for (var i = 0; i < pairs; i++)
        {
            sum -= Math.Log(Math.Exp(Logit(i, i)) / Enumerable.Range(0, pairs).Sum(j => Math.Exp(Logit(i, j))));
            sum -= Math.Log(Math.Exp(Logit(i, i)) / Enumerable.Range(0, pairs).Sum(j => Math.Exp(Logit(j, i))));
        }

        return sum / (2 * pairs);
    }

    /// <summary>The same labels for every picture.</summary>
    private sealed record Given(WordList Words, PatchLabels Labels) : IPatchLabelSource
    {
        public IReadOnlyList<PatchLabels> Of(ForwardPass pass) => [.. Enumerable.Repeat(Labels, (int)pass.Batch.Pixels!.Size(0))];
    }
}
