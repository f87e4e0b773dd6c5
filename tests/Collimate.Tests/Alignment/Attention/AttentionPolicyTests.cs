using Collimate.Alignment;
using Collimate.Alignment.Attention;
using Collimate.Data.Conversations;
using Collimate.Inspection;

namespace Collimate.Tests.Alignment.Attention;

public sealed class AttentionPolicyTests
{
    // All sequences of up to seven positions, each of them a token of one of two pictures, of the prompt, of an answer, or padding at the end.
    private static IEnumerable<Positions> AllSmall()
    {
        for (var length = 1; length <= 6; length++)
        {
            var all = (int)Math.Pow(4, length);
            for (var code = 0; code < all; code++)
            {
                for (var padding = 0; padding <= 1; padding++)
                {
                    yield return Decode(code, length, padding);
                }
            }
        }
    }

    private static Positions Decode(int code, int length, int padding)
    {
        var positions = new Positions(1, length + padding);
        positions.RowLengths[0] = length;
        for (var at = 0; at < length; at++, code /= 4)
        {
            positions.Kinds[at] = (code % 4) switch { 0 or 1 => TokenKind.Image, 2 => TokenKind.Prompt, _ => TokenKind.Answer };
            positions.Images[at] = code % 4 <= 1 ? code % 4 : -1;
        }

        return positions;
    }

    // Says in words of its own, from the paper's figures, what each policy allows.
    private static bool Allowed(string policy, Positions p, int i, int j)
    {
        bool Image(int at) => p.Kinds[at] == TokenKind.Image;
        if (j >= p.RowLengths[0])
        {
            return false;
        }

        return policy switch
        {
            "causal" => j <= i,
            "bidirectional" => true,
            "prefix" => j <= i || (Image(i) && Image(j) && !Enumerable.Range(i, j - i).Any(k => p.Kinds[k] == TokenKind.Answer)),
            "interleaved_b" => j <= i || (Image(i) && Image(j) && p.Images[i] == p.Images[j]),
            "interleaved_a literal" => j <= i || Image(j),
            _ => Image(j) || (j <= i && !Image(i)),
        };
    }

    public static TheoryData<string> Policies => ["causal", "prefix", "bidirectional", "interleaved_a", "interleaved_a literal", "interleaved_b"];

    [Theory]
    [MemberData(nameof(Policies))]
    public void Describe_EverySmallSequence_AllowsExactlyWhatTheFigureShows(string name)
    {
        var policy = Create(name);
        foreach (var positions in AllSmall())
        {
            var spec = policy.Describe(positions);
            for (var i = 0; i < positions.RowLengths[0]; i++)
            {
                for (var j = 0; j < positions.Length; j++)
                {
                    Assert.True(
                        Allowed(name, positions, i, j) == spec.Sees(0, i, j),
                        $"{name}: {i} {(spec.Sees(0, i, j) ? "sees" : "does not see")} {j} in {string.Join(' ', positions.Kinds.Select((k, at) => $"{k}{positions.Images[at]}"))}");
                }
            }
        }
    }

    [Fact]
    public void Describe_PrefixOfThePaper_IsImageBlockAndCausalText()
    {
        var spec = new PrefixAttention().Describe(ExampleSequence.Of("i3", "a3"));
        string[] expected = ["xxx...", "xxx...", "xxx...", "xxxx..", "xxxxx.", "xxxxxx"];
        Assert.Equal(expected, Enumerable.Range(0, 6).Select(i => string.Concat(Enumerable.Range(0, 6).Select(j => spec.Sees(0, i, j) ? 'x' : '.'))));
    }

    [Fact]
    public void Describe_EmptiedPlaces_AreSeenByNobody()
    {
        var positions = ExampleSequence.Of("i2", "t3");
        positions.Unseen[3] = true;
        var spec = new BidirectionalAttention().Describe(positions);
        Assert.All(Enumerable.Range(0, 5), query => Assert.False(spec.Sees(0, query, 3)));
        Assert.All(Enumerable.Range(0, 5), query => Assert.True(spec.Sees(0, query, 4)));
    }

    [Fact]
    public void Describe_PackedDocuments_NeverSeeEachOther()
    {
        var positions = ExampleSequence.Of("i2", "t2", "a2", "t2", "a2");
        for (var at = 2; at < 10; at++)
        {
            positions.Documents[at] = at < 6 ? 1 : 2;
        }

        foreach (var name in (string[])["causal", "prefix", "bidirectional", "interleaved_b"])
        {
            var spec = Create(name).Describe(positions);
            for (var i = 0; i < 10; i++)
            {
                for (var j = 2; j < 10; j++)
                {
                    Assert.False(positions.Documents[i] != positions.Documents[j] && spec.Sees(0, i, j), $"{name}: {i} sees {j}");
                }
            }
        }

        Assert.Contains("packed: false", Assert.Throws<InvalidOperationException>(() => Create("interleaved_a").Describe(positions)).Message, StringComparison.Ordinal);
    }

    internal static IAttentionPolicy Create(string name) => name switch
    {
        "causal" => new CausalAttention(),
        "prefix" => new PrefixAttention(),
        "bidirectional" => new BidirectionalAttention(),
        "interleaved_a" => new InterleavedAttention(InterleavedForm.A),
        "interleaved_a literal" => new InterleavedAttention(InterleavedForm.A, literal: true),
        _ => new InterleavedAttention(InterleavedForm.B),
    };
}
