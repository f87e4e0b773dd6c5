using Collimate.Alignment;
using Collimate.Alignment.Composition;
using Collimate.Data.Conversations;
using Collimate.Torch;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Alignment;

public sealed class ConcatCompositionTests
{
    [Fact]
    public void Arrange_AnyRows_PlacesTextOnceInOrderAndPicturesInRasterOrderAtTheirMarkers()
    {
        const int perImage = 3;
        Prop.ForAll(Samples().Generator.NonEmptyListOf().Select(rows => rows.Take(4).ToArray()).ToArbitrary(), rows =>
        {
            using var scope = new TensorScope();
            var layouts = rows.Select(sample => TinyVisionModel.Batcher(packed: true).Render(sample)).ToArray();
            var images = layouts.Sum(layout => layout.ImageCount);
            using var batch = new Batch(layouts, images == 0 ? null : Tensor.Zeros([images, 3, 8, 8]));

            var order = new ConcatComposition().Arrange(
                images == 0 ? null : Tensor.Zeros([images, perImage, 2]), Tensor.Zeros([rows.Length, layouts.Max(l => l.Count), 2]), batch, PassContext.Answering);

            Assert.Equal(rows.Length, order.Sources.Length);
            for (var row = 0; row < rows.Length; row++)
            {
                Assert.Equal(Expected(layouts[row], perImage), order.Sources[row]);
            }
        }).Check(Properties.Hold.WithMaxTest(50));
    }

    [Fact]
    public void Arrange_PicturesNumberedAgainstTheirOrder_FollowsTheNumbers()
    {
        using var scope = new TensorScope();
        var layout = new TokenLayout([4, 5, 4], [TokenKind.Image, TokenKind.Prompt, TokenKind.Image], [0, 0, 0], [1, -1, 0], [0, 0, 0], new (int, int)[3], "");
        using var batch = new Batch([layout], Tensor.Zeros([2, 3, 8, 8]));

        var order = new ConcatComposition().Arrange(Tensor.Zeros([2, 2, 1]), Tensor.Zeros([1, 3, 1]), batch, PassContext.Answering);

        Assert.Equal([2, 3, 5, 0, 1], order.Sources[0]);
    }

    private static Arbitrary<Sample> Samples() => TinyVisionModel.AnySample;

    // Said another way than the composition's: replace each marker in the text by its picture's tokens.
    private static int[] Expected(TokenLayout layout, int perImage)
    {
        var visual = layout.ImageCount * perImage;
        var next = 0;
        return [.. Enumerable.Range(0, layout.Count).SelectMany(token => layout.Kinds[token] == TokenKind.Image
            ? Enumerable.Range(perImage * next++, perImage)
            : [visual + token])];
    }
}
