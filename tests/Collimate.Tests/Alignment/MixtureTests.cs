using Collimate.Alignment;
using Collimate.Data.Conversations;
using Collimate.Torch;

namespace Collimate.Tests.Alignment;

/// <summary>Learnt mixing of tokens against its definition, row by row.</summary>
public class MixtureTests
{
    [Fact]
    public void Build_SoftMixture_MixesTheSlotsAndNothingElse()
    {
        using var scope = new TensorScope();
        using var batch = TwoRows();
        var weights = Tensor.From<float>([0.75f, 0.25f, 0, 0.25f, 0.25f, 0.5f, 0, 0.5f, 0.5f, /* one slot only */ 1, 9, 9, 9, 9, 9, 9, 9, 9], [2, 3, 3]);
        var order = new Order([[2, 0, 1, 4, 5], [0, 1]]) { Mixture = new Mixture(weights, [[1, 2, 3], [0]], [[0, 1, 4], [0]], IsHard: false) };

        var built = Sequence.Build(Visual(), Text(), batch, order);

        var values = built.Embeddings.ToArray<float>();
        Assert.Equal([0f, 1000.25f, (0.25f * 1000) + (0.25f * 1001) + 1, (0.5f * 1001) + 1, 3], values[..5]);
        Assert.Equal([4f, 5], values[16..18]);
    }

    [Fact]
    public void Build_HardMixture_StandsAsOrderedAndSendsGradientsToTheWeights()
    {
        using var scope = new TensorScope();
        using var batch = TwoRows();
        var weights = Tensor.Zeros([2, 3, 3]);
        weights.RequiresGrad = true;
        var visual = Visual();
        visual.RequiresGrad = true;
        var order = new Order([[2, 4, 0, 1, 5], [0, 1]]) { Mixture = new Mixture(weights, [[1, 2, 3], [0]], [[0, 1, 4], [0]], IsHard: true) };

        var built = Sequence.Build(visual, Text(), batch, order);
        Assert.Equal([0f, 2, 1000, 1001, 3], built.Embeddings.ToArray<float>()[..5]);

        var slope = Tensor.From([.. Enumerable.Range(0, 32).Select(k => k < 5 ? k + 1f : 0)], [2, 16, 1]);
        (built.Embeddings * slope).Sum().Backward();

        // d/dW[i, j] = slope at slot i times source j; a visual token's gradient comes from where it stands.
        float[] expected = [2 * 1000f, 2 * 1001, 2 * 2, 3 * 1000, 3 * 1001, 3 * 2, 4 * 1000, 4 * 1001, 4 * 2];
        Assert.Equal(expected, weights.Grad!.ToArray<float>()[..9]);
        Assert.Equal([3f, 4], visual.Grad!.ToArray<float>());
    }

    // Row 0: system, picture, two words of which the first may move. Row 1: two words.
    private static Batch TwoRows() => new(
        [
            new TokenLayout([1, 4, 20, 21], [TokenKind.System, TokenKind.Image, TokenKind.Prompt, TokenKind.Prompt], new int[4], [-1, 0, -1, -1], new int[4], new (int, int)[4], ""),
            new TokenLayout([22, 23], [TokenKind.Prompt, TokenKind.Prompt], new int[2], [-1, -1], new int[2], new (int, int)[2], ""),
        ],
        Tensor.Zeros([1, 3, 8, 8]));

    private static Tensor Visual() => Tensor.From<float>([1000, 1001], [1, 2, 1]);

    private static Tensor Text() => Tensor.From<float>([0, 1, 2, 3, 4, 5, 6, 7], [2, 4, 1]);
}
