using System.Text;
using Collimate.Data;
using Collimate.Data.Records;

namespace Collimate.Tests.Data.Records;

public sealed class TextLinesTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("a", "1@0:a")]
    [InlineData("a\nb\n", "1@0:a 2@2:b")]
    [InlineData("a\r\nb\r\n", "1@0:a 2@3:b")]
    [InlineData("\n\n a\n \t\nb", "3@2: a 5@8:b")]
    [InlineData("\uFEFFa\nb", "1@3:a 2@5:b")]
    [InlineData("\uFEFF", "")]
    [InlineData("ab", "1@0:ab")]
    public void Read_Lines_HandsNumberPlaceAndText(string text, string expected) => Assert.Equal(expected, Read(text, quoted: false));

    [Theory]
    [InlineData("\"a\nb\",c\nd", "1@0:\"a\nb\",c 3@8:d")]
    [InlineData("\"a\"\"\n\"\nd", "1@0:\"a\"\"\n\" 3@7:d")]
    public void Read_QuotedLineEnds_BelongToTheRow(string text, string expected) => Assert.Equal(expected, Read(text, quoted: true));

    [Fact]
    public void Read_QuoteNeverClosed_NamesTheLineItWasOpenedOn() =>
        Assert.Contains("t.csv, line 2: a double quote is opened", Assert.Throws<DataException>(() => Read("a\n\"b\nc\n", quoted: true)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(1)]
    [InlineData(70_000)]
    [InlineData(300_000)]
    public void Read_LinesAcrossBufferBorders_AreWhole(int length)
    {
        var lines = Enumerable.Range(0, 7).Select(k => new string((char)('a' + k), length + k)).ToArray();
        var found = new List<string>();
        TextLines.Read(new Trickle(Encoding.UTF8.GetBytes(string.Join("\r\n", lines))), "t.txt", quoted: false, (_, _, text) => found.Add(Encoding.UTF8.GetString(text.Span)));

        Assert.Equal(lines, found);
    }

    [Fact]
    public void Read_LineOf100MegabytesAndMore_IsRefusedWithItsNumber()
    {
        using var endless = new Endless("{}\n"u8.ToArray());

        var failure = Assert.Throws<DataException>(() => TextLines.Read(endless, "t.jsonl", quoted: false, (_, _, _) => { }));

        Assert.Contains("t.jsonl, line 2: the line is longer than 100,000,000 bytes", failure.Message, StringComparison.Ordinal);
        Assert.True(endless.Given < 110_000_000, $"{endless.Given} bytes were read");
    }

    private static string Read(string text, bool quoted)
    {
        var found = new List<string>();
        TextLines.Read(new Trickle(Encoding.UTF8.GetBytes(text)), "t.csv", quoted, (line, start, bytes) => found.Add($"{line}@{start}:{Encoding.UTF8.GetString(bytes.Span)}"));
        return string.Join(' ', found);
    }

    /// <summary>Gives a few bytes at a time.</summary>
    internal sealed class Trickle(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 50_001));

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, 50_001)]);
    }

    /// <summary>An opening, and then the letter x without end.</summary>
    private sealed class Endless(byte[] opening) : Stream
    {
        public long Given { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => Given; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            buffer.AsSpan(offset, count).Fill((byte)'x');
            if (Given == 0)
            {
                opening.CopyTo(buffer, offset);
            }

            Given += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
