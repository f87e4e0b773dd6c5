using Collimate.Alignment.Composition.Gps;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Alignment.Gps;

public sealed class AlikeTokensTests
{
    [Fact]
    public void FirstOf_WordsThatComeAgain_NamesTheFirst() =>
        Assert.Equal([0, 1, 2, 3, 2, 5, 3], AlikeTokens.FirstOf([null, null, 7, 4, 7, 9, 4]));

    [Fact]
    public void InReadingOrder_TwoPlacesOfOneWord_TheirTokensRise() =>
        Assert.Equal([1, 0, 3, 2, 4], AlikeTokens.InReadingOrder([3, 2, 1, 0, 4], [0, 1, 0, 3, 4]));

    [Fact]
    public void InReadingOrder_AnyChoice_IsThePermutationOfTheSameSumThatEveryEqualOneLeadsTo() => Check.One(
        Properties.Hold.WithMaxTest(200),
        Prop.ForAll((int seed) =>
        {
            var random = new Random(seed);
            var n = random.Next(2, 7);
            var first = AlikeTokens.FirstOf([.. Enumerable.Range(0, n).Select(_ => random.Next(3) == 0 ? null : (int?)random.Next(3))]);
            var score = Enumerable.Range(0, n * n).Select(_ => random.NextDouble()).ToArray();
            // As the network scores: by looks alone, and a residual where a token stays.
            double Sum(int[] choice) => choice.Select((token, place) => score[(first[place] * n) + first[token]] + (token == place ? 0.5 : 0)).Sum();
            var best = AllPermutations.Of(n).GroupBy(choice => Math.Round(Sum(choice), 9)).MaxBy(group => group.Key)!.ToArray();

            var settled = best.Select(choice => AlikeTokens.InReadingOrder(choice, first)).ToArray();

            Assert.All(settled, one => Assert.Equal(Sum(best[0]), Sum(one), 9));
            Assert.All(settled, one => Assert.Equal(settled[0], one));
            Assert.Equal(Enumerable.Range(0, n), settled[0].Order());
        }));
}
