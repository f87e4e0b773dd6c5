using Collimate.Alignment;
using Collimate.Data.Conversations;
using Collimate.Torch;

namespace Collimate.Tests.Alignment;

/// <summary>Which place a moved token is told, counted by hand.</summary>
public class PositionRuleTests
{
    // beginning, picture of three tokens, two words of the question, marker, answer; the picture's tokens moved in among the words
    private static readonly int[] Moved = [3, 1, 5, 0, 2, 6, 7, 8];

    [Theory]
    [InlineData(PositionRule.Sequential, new[] { 0, 1, 2, 3, 4, 5, 6, 7 })]
    [InlineData(PositionRule.Kept, new[] { 0, 2, 4, 1, 3, 5, 6, 7 })]
    [InlineData(PositionRule.SharedImage, new[] { 0, 1, 2, 1, 1, 3, 4, 5 })]
    public void Build_MovedTokens_AreToldTheRulesPlace(PositionRule rule, int[] expected)
    {
        using var scope = new TensorScope();
        var layout = new TokenLayout(
            [1, 4, 20, 21, 2, 22], [TokenKind.System, TokenKind.Image, TokenKind.Prompt, TokenKind.Prompt, TokenKind.Marker, TokenKind.Answer],
            new int[6], [-1, 0, -1, -1, -1, -1], new int[6], new (int, int)[6], "");
        using var batch = new Batch([layout], Tensor.Zeros([1, 3, 8, 8]));

        var positions = Sequence.Build(Tensor.Zeros([1, 3, 1]), Tensor.Zeros([1, 6, 1]), batch, new Order([Moved]), rule).Positions;

        Assert.Equal(expected, positions.PositionIds[..8]);
    }

    [Fact]
    public void Build_NothingMoved_KeptIsSequential()
    {
        using var scope = new TensorScope();
        var layout = new TokenLayout(
            [4, 20, 2, 22, 21, 2, 23],
            [TokenKind.Image, TokenKind.Prompt, TokenKind.Marker, TokenKind.Answer, TokenKind.Prompt, TokenKind.Marker, TokenKind.Answer],
            new int[7], [0, -1, -1, -1, -1, -1, -1], [0, 1, 1, 1, 2, 2, 2], new (int, int)[7], "");
        using var batch = new Batch([layout], Tensor.Zeros([1, 3, 8, 8]));
        int[] Places(PositionRule rule) => Sequence.Build(Tensor.Zeros([1, 2, 1]), Tensor.Zeros([1, 7, 1]), batch, new Order([[0, 1, 3, 4, 5, 6, 7, 8]]), rule).Positions.PositionIds;

        Assert.Equal([0, 1, 2, 3, 4, 2, 3, 4], Places(PositionRule.Sequential)[..8]);
        Assert.Equal(Places(PositionRule.Sequential), Places(PositionRule.Kept));
    }
}
