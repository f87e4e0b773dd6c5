using Collimate.Torch.Assignment;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Torch.Tests.Assignment;

public class AssignmentTests
{
    public delegate int[] Method(ReadOnlySpan<float> scores, int n);

    public static TheoryData<string> Methods => ["linear", "auction"];

    private static Method Of(string name) => name == "linear" ? LinearAssignment.Maximize : static (scores, n) => AuctionAssignment.Maximize(scores, n);

    private static float[] Random(int seed, int n, Func<System.Random, float> draw)
    {
        var random = new System.Random(seed);
        return [.. Enumerable.Range(0, n * n).Select(_ => draw(random))];
    }

    private static double Total(float[] scores, int[] columns) => columns.Select((column, row) => (double)scores[(row * columns.Length) + column]).Sum();

    private static void AssertPermutation(int[] columns) => Assert.Equal(Enumerable.Range(0, columns.Length), columns.Order());

    private static double BestOfAll(float[] scores, int n)
    {
        var best = double.NegativeInfinity;
        Visit(0, 0, 0);
        return best;

        void Visit(int row, int taken, double total)
        {
            if (row == n)
            {
                best = Math.Max(best, total);
                return;
            }

            for (var column = 0; column < n; column++)
            {
                if ((taken & (1 << column)) == 0)
                {
                    Visit(row + 1, taken | (1 << column), total + scores[(row * n) + column]);
                }
            }
        }
    }

    [Fact]
    public void Linear_UpToSevenRows_FindsTheBestOfAllPermutations() =>
        Check.One(Properties.Hold.WithMaxTest(150), Prop.ForAll((int seed) =>
        {
            var n = 1 + (int)((uint)seed % 7);
            // Few different scores make ties; -inf forbids pairs as long as the diagonal stays.
            var kind = (int)((uint)seed / 7 % 3);
            var scores = Random(seed, n, r => kind == 0 ? r.Next(-3, 4) : r.NextSingle() * 200 - 100);
            for (var k = 0; kind == 2 && k < scores.Length; k++)
            {
                scores[k] = k % (n + 1) != 0 && k % 3 == 0 ? float.NegativeInfinity : scores[k];
            }

            var columns = LinearAssignment.Maximize(scores, n);
            AssertPermutation(columns);
            Assert.Equal(BestOfAll(scores, n), Total(scores, columns), 1e-9);
        }));

    [Fact]
    public void Auction_WholeNumbersUpToSevenRows_FindsTheBestOfAllPermutations() =>
        Check.One(Properties.Hold.WithMaxTest(150), Prop.ForAll((int seed) =>
        {
            var n = 1 + (int)((uint)seed % 7);
            var scores = Random(seed, n, r => r.Next(-20, 21));
            var columns = AuctionAssignment.Maximize(scores, n);
            AssertPermutation(columns);
            Assert.Equal(BestOfAll(scores, n), Total(scores, columns));
        }));

    [Theory]
    [InlineData(60, 5)]
    [InlineData(130, 1000)]
    [InlineData(200, 2)]
    public void BothMethods_RandomWholeNumbers_ReachTheSameTotal(int n, int most)
    {
        for (var seed = 0; seed < 5; seed++)
        {
            var scores = Random(seed, n, r => r.Next(-most, most + 1));
            var (linear, auction) = (LinearAssignment.Maximize(scores, n), AuctionAssignment.Maximize(scores, n));
            AssertPermutation(linear);
            AssertPermutation(auction);
            Assert.Equal(Total(scores, linear), Total(scores, auction));
        }
    }

    [Fact]
    public void Auction_Fractions_ComesWithinItsBound()
    {
        var scores = Random(3, 90, r => r.NextSingle());
        var best = Total(scores, LinearAssignment.Maximize(scores, 90));
        Assert.InRange(Total(scores, AuctionAssignment.Maximize(scores, 90)), best - 1e-4, best);
        Assert.InRange(Total(scores, AuctionAssignment.Maximize(scores, 90, epsilon: 1e-3)), best - 0.09, best);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Maximize_EightHundredRowsOfNoiseAroundAPermutation_FindsIt(string method)
    {
        var hidden = Enumerable.Range(0, 800).ToArray();
        new System.Random(4).Shuffle(hidden);
        var scores = Random(5, 800, r => r.NextSingle());
        for (var row = 0; row < hidden.Length; row++)
        {
            scores[(row * 800) + hidden[row]] += 1;
        }

        Assert.Equal(hidden, Of(method)(scores, 800));
    }

    [Fact]
    public void Linear_EightHundredRowsOfProducts_IsTheSortedPairing()
    {
        // Score i j: the largest total pairs the order of one factor with that of the other, and every cheap step meets ties and contests.
        var scores = Enumerable.Range(0, 800 * 800).Select(k => (float)(k / 800) * (k % 800)).ToArray();
        Assert.Equal(Enumerable.Range(0, 800), LinearAssignment.Maximize(scores, 800));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Maximize_AllAlike_IsAPermutation(string method) => AssertPermutation(Of(method)(new float[50 * 50], 50));

    [Theory]
    [MemberData(nameof(Methods))]
    public void Maximize_OneRowAndNone_NeedNoChoice(string method)
    {
        Assert.Equal([0], Of(method)([7f], 1));
        Assert.Empty(Of(method)([], 0));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Maximize_NotANumber_IsRefusedByPlace(string method)
    {
        var failure = Assert.Throws<ArgumentException>(() => Of(method)([1, 2, 3, float.NaN], 2));
        Assert.Contains("row 1 and column 1 is NaN", failure.Message);
        Assert.Throws<ArgumentException>(() => Of(method)([1, float.PositiveInfinity, 3, 4], 2));
        Assert.Contains("3 scores were given for 2 rows", Assert.Throws<ArgumentException>(() => Of(method)([1, 2, 3], 2)).Message);
    }

    [Fact]
    public void Auction_ForbiddenPairOrEpsilonOfNothing_IsRefused()
    {
        Assert.Contains("LinearAssignment", Assert.Throws<ArgumentException>(() => AuctionAssignment.Maximize([1, float.NegativeInfinity, 3, 4], 2)).Message);
        Assert.Contains("epsilon", Assert.Throws<ArgumentException>(() => AuctionAssignment.Maximize([1, 2, 3, 4], 2, 0)).Message);
    }

    [Fact]
    public void Linear_TwoRowsThatCanHaveOneColumnAlone_IsRefused()
    {
        const float No = float.NegativeInfinity;
        Assert.Equal([1, 2, 0], LinearAssignment.Maximize([No, 1, No, No, 1, 1, 1, No, No], 3));
        Assert.Contains("forbidden pair", Assert.Throws<ArgumentException>(() => LinearAssignment.Maximize([No, 1, No, No, 1, No, 1, 1, 1], 3)).Message);
    }
}
