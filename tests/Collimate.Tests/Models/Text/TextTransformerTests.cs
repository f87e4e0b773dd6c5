using Collimate.Models.Text;
using Collimate.Torch;

namespace Collimate.Tests.Models.Text;

public sealed class TextTransformerTests
{
    private static readonly TextConfig Siglip = new() { VocabularySize = 20, HiddenSize = 16, LayerCount = 2, HeadCount = 4, IntermediateSize = 24, MaxPositions = 8 };

    [Fact]
    public void Encode_SiglipPoolingAtTheLastValidToken_DoesNotDependOnThePadding()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        using var tower = new TextTransformer(Siglip, generator);
        var alone = tower.Encode(Tensor.From<long>([3L, 4, 5], [1, 3])).Pooled;
        var padded = tower.Encode(Tensor.From<long>([3L, 4, 5, 1, 1], [1, 5]), [1, 1, 1, 0, 0]).Pooled;
        Near.Assert(alone, padded, 1e-5, "pooled");
    }

    [Fact]
    public void Encode_SiglipPoolingAtTheEnd_TakesTheLastPositionEvenIfPadding()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(2);
        using var tower = new TextTransformer(Siglip with { PoolsLastValid = false }, generator);
        var features = tower.Encode(Tensor.From<long>([3L, 4, 1], [1, 3]), [1, 1, 0]);
        var state = tower.StateDict();
        Near.Assert(features.Last.Select(1, 2).Linear(state["head.weight"], state["head.bias"]), features.Pooled, 1e-6, "pooled");
    }

    [Fact]
    public void Encode_TextLongerThanThePositions_SaysBothLengths()
    {
        using var scope = new TensorScope();
        using var tower = new TextTransformer(Siglip);
        var error = Assert.Throws<ArgumentException>(() => tower.Encode(Tensor.Zeros([1, 9], ScalarType.Int64)));
        Assert.Contains("texts of 9 tokens; this text tower reads at most 8", error.Message, StringComparison.Ordinal);
    }
}
