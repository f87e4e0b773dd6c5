using Collimate.Alignment;
using Collimate.Data.Conversations;
using Collimate.Torch;

namespace Collimate.Tests.Alignment;

public sealed class BatchTests
{
    private static readonly TokenLayout TwoPictures = Layout(TokenKind.Image, TokenKind.Prompt, TokenKind.Image, TokenKind.Answer);
    private static readonly TokenLayout NoPicture = Layout(TokenKind.Prompt, TokenKind.Answer, TokenKind.Answer);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void Constructor_OtherNumberOfPictures_SaysBoth(int pictures)
    {
        using var scope = new TensorScope();
        var pixels = pictures == 0 ? null : Tensor.Zeros([pictures, 3, 4, 4]);

        var failure = Assert.Throws<ArgumentException>(() => new Batch([TwoPictures, NoPicture], pixels));

        Assert.Contains($"hold 2 picture markers, but {pictures} pictures", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ImagesAndAnswers_SeveralRows_AreCountedPerRow()
    {
        using var scope = new TensorScope();
        using var batch = new Batch([NoPicture, TwoPictures, NoPicture, TwoPictures], Tensor.Zeros([4, 3, 4, 4]));

        Assert.Equal([0, 2, 0, 2], Enumerable.Range(0, 4).Select(batch.ImageCount));
        Assert.Equal([0, 0, 2, 2, 4], Enumerable.Range(0, 5).Select(batch.FirstImage));
        Assert.Equal((4, 6), (batch.Rows, batch.AnswerTokens));
    }

    private static TokenLayout Layout(params TokenKind[] kinds) =>
        new(new int[kinds.Length], kinds, new int[kinds.Length], new int[kinds.Length], new int[kinds.Length], new (int, int)[kinds.Length], "");
}
