using Collimate.Alignment;
using Collimate.Alignment.Composition.TokenMixer;
using Collimate.Data.Conversations;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Alignment.TokenMixer;

public sealed class SimilarityOrderTests
{
    [Fact]
    public void Sort_AnyKeys_PlacesEveryTokenOnceTextInOrderAndPicturesBesideTheirWords() => Check.One(
        Properties.Hold.WithMaxTest(300),
        Prop.ForAll(Kinds().ToArbitrary(), Gen.ArrayOf(Gen.Choose(0, 1000)).ToArbitrary(), Gen.Elements(ImageSide.Before, ImageSide.After).ToArbitrary(), (kinds, draws, side) =>
        {
            var layout = Layout(kinds);
            var placed = Enumerable.Range(0, kinds.Length).Where(token => kinds[token] is not (TokenKind.Image or TokenKind.Padding)).ToArray();
            // An odd draw is an image token that is like a word, an even one stands before some token.
            var words = draws.Select(draw => draw % 2 == 1 && placed.Length > 0 ? placed[draw % placed.Length] : -1).ToArray();
            var keys = draws.Select((draw, k) => words[k] >= 0 ? SimilarityOrder.Matched(new Attractor(words[k], words[k]), side) : SimilarityOrder.Unmatched(draw % kinds.Length)).ToArray();

            var order = SimilarityOrder.Sort(layout, keys);

            Assert.Equal(Enumerable.Range(0, keys.Length).Concat(placed.Select(token => keys.Length + token)), order.Order());
            Assert.Equal(placed, order.Where(source => source >= keys.Length).Select(source => source - keys.Length));
            for (var visual = 0; visual < keys.Length; visual++)
            {
                var at = Array.IndexOf(order, visual);
                var text = side == ImageSide.Before ? order.Skip(at).First(source => source >= keys.Length || words[visual] < 0) : order.Take(at).LastOrDefault(source => source >= keys.Length, -1);
                Assert.True(words[visual] < 0 || text == keys.Length + words[visual], $"image token {visual} stands beside {text}, not {keys.Length + words[visual]}");
                var twin = Array.FindIndex(keys, visual + 1, key => key == keys[visual]);
                Assert.True(twin < 0 || Array.IndexOf(order, twin) > at, "image tokens of one place stand in raster order");
            }
        }));

    [Fact]
    public void Sort_PublishedOrder_IsUnmatchedThenEachBucketBeforeItsWord()
    {
        // BOS, picture, blank, "a", "b", answer; image tokens 0 and 3 are like nothing, 1 like "b", 2 and 4 like "a".
        var layout = Layout([TokenKind.Marker, TokenKind.Image, TokenKind.Prompt, TokenKind.Prompt, TokenKind.Prompt, TokenKind.Answer]);
        int[] keys = [4, SimilarityOrder.Matched(new(4, 4), ImageSide.Before), SimilarityOrder.Matched(new(3, 3), ImageSide.Before), 4, SimilarityOrder.Matched(new(3, 3), ImageSide.Before)];

        Assert.Equal([5, 0, 3, 7, 2, 4, 8, 1, 9, 10], SimilarityOrder.Sort(layout, keys));
    }

    private static Gen<TokenKind[]> Kinds() => Gen.ArrayOf(Gen.Elements(TokenKind.System, TokenKind.Marker, TokenKind.Prompt, TokenKind.Image, TokenKind.Answer, TokenKind.Padding))
        .Where(kinds => kinds.Length > 0);

    private static TokenLayout Layout(TokenKind[] kinds) => new(
        new int[kinds.Length], kinds, new int[kinds.Length], new int[kinds.Length], new int[kinds.Length], new (int, int)[kinds.Length], "");
}
