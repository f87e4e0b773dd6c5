using Collimate.Data;
using Collimate.Evaluation.Metrics.Neural;
using Collimate.Models.Text.Bert;
using Collimate.Tests.Alignment;
using Collimate.Torch;

namespace Collimate.Tests.Evaluation.Metrics;

/// <summary>BERTScore's matching and CLIPScore by hand.</summary>
public sealed class NeuralMetricsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Match_TwoTokensAndThree_TakesTheBestCosinesByWeight()
    {
        using var scope = new TensorScope();
        var candidate = Tensor.From([2f, 0f, 0f, 3f], [2, 2]);               // east, north
        var reference = Tensor.From([1f, 0f, 1f, 1f, -1f, 0f], [3, 2]);      // east, north-east, west
        var half = Math.Sqrt(0.5);

        var plain = BertScore.Match(candidate, [1, 1], reference, [1, 1, 1]);
        var weighed = BertScore.Match(candidate, [1, 3], reference, [0, 0, 1]);

        Assert.Equal((1 + half) / 2, plain.Precision, 1e-6);
        Assert.Equal((1 + half + 0) / 3, plain.Recall, 1e-6);
        Assert.Equal(2 * plain.Precision * plain.Recall / (plain.Precision + plain.Recall), plain.F1, 1e-12);
        Assert.Equal((1 + (3 * half)) / 4, weighed.Precision, 1e-6);
        Assert.Equal(0, weighed.Recall, 1e-6);
        Assert.Equal(default, BertScore.Match(candidate, [0, 0], reference, [1, 1, 1]));
    }

    [Fact]
    public void Score_WithAModel_IsOneForEqualTextsAndLessForOthers()
    {
        using var model = new BertModel(
            new BertConfig { VocabularySize = TinyVisionModel.Tokenizer.VocabularySize, HiddenSize = 8, LayerCount = 2, HeadCount = 2, IntermediateSize = 16, MaxPositions = 16, InitialDeviation = 0.5 });
        var plain = new BertScore(model, TinyVisionModel.Tokenizer);
        var rescaled = new BertScore(model, TinyVisionModel.Tokenizer, layer: 1, new BertScoreResult(0.2, 0.2, 0.2));

        var equal = plain.Score("abcd", ["gg", "abcd"]);
        var other = plain.Score("abcd", ["gfe"]);
        plain.WeighByRarity(["abcd", "abce", "a"]);

        Assert.Equal(1, equal.F1, 1e-5);
        Assert.InRange(other.F1, -1, 0.999);
        Assert.Equal(1, plain.Score("abcd", ["abcd"]).F1, 1e-5);
        Assert.Equal(1, rescaled.Score("abcd", ["abcd"]).F1, 1e-5);
        Assert.Equal(default, plain.Score("", ["abcd"]));
        Assert.Equal(default, plain.Score("abcd", [""]));
        Assert.Equal(1, plain.Score(string.Concat(Enumerable.Repeat("abcd", 25_000)), ["abcdabcdabcdabcd"]).F1, 1e-5); // cut at the model's positions
        Assert.Throws<ArgumentOutOfRangeException>(() => new BertScore(model, TinyVisionModel.Tokenizer, layer: 3));
    }

    [Fact]
    public void LoadBaseline_FileOfLayers_IsReadOrRefused()
    {
        File.WriteAllText(folder["b.tsv"], "LAYER,P,R,F\n0,0.1,0.2,0.3\n17,0.83,0.84,0.85\n");
        File.WriteAllText(folder["bad.tsv"], "LAYER,P,R,F\n0,NaN,0.2,0.3\n");

        Assert.Equal(new BertScoreResult(0.83, 0.84, 0.85), BertScore.LoadBaseline(folder["b.tsv"], 17));
        Assert.Contains("layer 3", Assert.Throws<DataException>(() => BertScore.LoadBaseline(folder["b.tsv"], 3)).Message, StringComparison.Ordinal);
        Assert.Contains("line 2", Assert.Throws<DataException>(() => BertScore.LoadBaseline(folder["bad.tsv"], 0)).Message, StringComparison.Ordinal);
        Assert.Throws<DataException>(() => BertScore.LoadBaseline(folder["absent"], 0));
    }

    [Fact]
    public void ClipScore_Cosines_AreScaledAndNeverNegative()
    {
        using var scope = new TensorScope();
        var images = Tensor.From([1f, 0f, 1f, 0f, 5f, 0f], [3, 2]);
        var captions = Tensor.From([2f, 0f, -1f, 0f, 1f, 1f], [3, 2]);
        var half = Math.Sqrt(0.5);

        var scores = ClipScore.Of(images, captions);
        var withReferences = ClipScore.WithReferences(images, captions, [captions.Narrow(0, 1, 2), captions.Narrow(0, 1, 1), captions]);

        Assert.Equal([2.5, 0, 2.5 * half], scores.Select(score => Math.Round(score, 6)).Zip([2.5, 0, 2.5 * half], (got, want) => Math.Abs(got - want) < 1e-5 ? want : got));
        Assert.Equal(2 * 2.5 * half / (2.5 + half), withReferences[0], 1e-5);
        Assert.Equal(0, withReferences[1], 1e-5);
        Assert.Equal(2 * 2.5 * half / ((2.5 * half) + 1), withReferences[2], 1e-5);
    }
}
