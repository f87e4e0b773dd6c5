using Collimate.Planning;

namespace Collimate.Tests.Planning;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("16GiB", 17_179_869_184)]
    [InlineData(" 1.5 gib", 1_610_612_736)]
    [InlineData("800MB", 800_000_000)]
    [InlineData("2KiB", 2048)]
    [InlineData("7B", 7)]
    [InlineData("4096", 4096)]
    public void TryParse_AmountAsPeopleWriteIt_IsBytes(string text, long expected)
    {
        Assert.True(ByteSize.TryParse(text, out var bytes));
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("GiB")]
    [InlineData("-1GiB")]
    [InlineData("0")]
    [InlineData("sixteen")]
    [InlineData("1,5GiB")]
    [InlineData("99999999999TiB")]
    public void TryParse_NoAmount_IsNone(string text) => Assert.False(ByteSize.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(3L << 30, "3.00 GiB")]
    public void Format_Bytes_TakesTheLargestUnit(long bytes, string expected) => Assert.Equal(expected, ByteSize.Format(bytes));
}
