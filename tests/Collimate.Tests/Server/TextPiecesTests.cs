using System.Text;
using Collimate.Generation;
using Collimate.Server.Chat;

namespace Collimate.Tests.Server;

/// <summary>What a stream tells never has to be taken back.</summary>
public sealed class TextPiecesTests
{
    private static readonly byte[] Said = Encoding.UTF8.GetBytes("ok 👩‍🚀 naïve STOP more");

    [Fact]
    public void Read_EmojiSpreadOverTokens_TellsWholeCharacters()
    {
        var told = Pieces([]);

        Assert.All(told, piece => Assert.DoesNotContain('\uFFFD', piece));
        Assert.All(told, piece => Assert.False(piece.Length > 0 && (char.IsLowSurrogate(piece[0]) || char.IsHighSurrogate(piece[^1])), "half of an emoji was told"));
        Assert.Equal("ok 👩‍🚀 naïve STOP more", string.Concat(told));
    }

    [Theory]
    [InlineData("STOP", "ok 👩‍🚀 naïve ")]
    [InlineData("🚀", "ok 👩‍")]
    [InlineData("👩‍🚀", "ok ")]
    [InlineData("E M", "ok 👩‍🚀 naïve STOP more")]
    public void Read_StopSpreadOverTokens_TellsNothingOfIt(string stop, string expected) => Assert.Equal(expected, string.Concat(Pieces([stop])));

    [Theory]
    [InlineData(new[] { "  ", "a", " ", " b", "  " }, "a  b")]
    [InlineData(new[] { " a b " }, "a b")]
    [InlineData(new[] { " ", "\n" }, "")]
    public void Trimmed_Pieces_LoseTheBlanksAroundThemOnly(string[] pieces, string expected)
    {
        var trimmed = new TrimmedText();

        Assert.Equal(expected, string.Concat(pieces.Select(trimmed.Add)));
    }

    // A byte a token.
    private static List<string> Pieces(string[] stops)
    {
        var stream = new TextStream(ids => Encoding.UTF8.GetString([.. ids.ToArray().Select(id => (byte)id)]), stops);
        var told = new List<string>();
        for (var count = 1; count <= Said.Length; count++)
        {
            var (added, stopped) = stream.Read([.. Said[..count].Select(value => (int)value)]);
            told.Add(added);
            if (stopped)
            {
                return told;
            }
        }

        told.Add(stream.Finish());
        return told;
    }
}
