using Collimate.Data;
using Collimate.Data.WebDataset;

namespace Collimate.Tests.Data.WebDataset;

public sealed class ShardPatternTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("a.tar", "a.tar")]
    [InlineData("a-{000..003}.tar", "a-000.tar a-001.tar a-002.tar a-003.tar")]
    [InlineData("a-{8..11}.tar", "a-8.tar a-9.tar a-10.tar a-11.tar")]
    [InlineData("{0..010}", "000 001 002 003 004 005 006 007 008 009 010")]
    [InlineData("{a,b}-{1..2}.tar", "a-1.tar a-2.tar b-1.tar b-2.tar")]
    public void Expand_Pattern_GivesItsNamesInOrder(string pattern, string expected) => Assert.Equal(expected, string.Join(' ', ShardPattern.Expand(pattern)));

    [Theory]
    [InlineData("a-{3..1}.tar", "{3..1} is no range")]
    [InlineData("a-{1..x}.tar", "{1..x} is no range")]
    [InlineData("a-{-1..2}.tar", "is no range")]
    [InlineData("a-{x}.tar", "neither a range")]
    [InlineData("a-{0..1.tar", "braces do not match")]
    [InlineData("a-0..1}.tar", "braces do not match")]
    [InlineData("a-{{0..1}}.tar", "braces do not match")]
    [InlineData("a-{0..2000000000}.tar", "is no range")]
    [InlineData("{0..99999}{0..99999}", "more than 1,000,000 names")]
    public void Expand_Malformed_SaysWhy(string pattern, string expected)
    {
        var failure = Assert.Throws<DataException>(() => ShardPattern.Expand(pattern));
        Assert.StartsWith(pattern, failure.Message, StringComparison.Ordinal);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_StarsAndMissingOnes_AreFoundOrNamed()
    {
        HandMadeData.Shards(folder.Path, 1, 1, 1);

        Assert.Equal(["shard-000.tar", "shard-001.tar", "shard-002.tar"], ShardPattern.Files(folder["shard-*.tar"]).Select(Path.GetFileName));
        Assert.StartsWith(folder["shard-003.tar"], Assert.Throws<DataException>(() => ShardPattern.Files(folder["shard-{000..004}.tar"])).Message, StringComparison.Ordinal);
        Assert.Contains("2 times", Assert.Throws<DataException>(() => ShardPattern.Files(folder["shard-{000,000}.tar"])).Message, StringComparison.Ordinal);
        Assert.Contains("no file has such a name", Assert.Throws<DataException>(() => ShardPattern.Files(folder["x*.tar"])).Message, StringComparison.Ordinal);
    }
}
