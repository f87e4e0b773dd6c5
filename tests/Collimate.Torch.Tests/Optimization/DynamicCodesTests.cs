using Collimate.Torch.Optimization;

namespace Collimate.Torch.Tests.Optimization;

public class DynamicCodesTests
{
    public static TheoryData<bool> Tables => [true, false];

    [Theory]
    [MemberData(nameof(Tables))]
    public void Table_Holds256RisingNumbersWithZeroAndOne(bool hasSign)
    {
        var table = hasSign ? DynamicCodes.Signed : DynamicCodes.Unsigned;
        Assert.Equal(256, table.Length);
        Assert.All(table.Zip(table.Skip(1)), pair => Assert.True(pair.First < pair.Second));
        Assert.Contains(0f, table);
        Assert.Equal(1f, table[^1]);
        Assert.Equal(hasSign, table[0] < 0);
    }

    [Fact]
    public void Signed_ButForOne_IsSymmetric()
    {
        var table = DynamicCodes.Signed;
        Assert.Equal(table[..^1], table[..^1].Reverse().Select(value => 0 - value));
        Assert.Equal(0f, table[127]);
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public void Table_NextToZeroAndToOne_IsWhatThePaperSays(bool hasSign)
    {
        var table = hasSign ? DynamicCodes.Signed : DynamicCodes.Unsigned;
        var parts = hasSign ? 64 : 128;
        Assert.Equal(1 - (0.45 / parts), table[^2], 1e-6);
        Assert.Equal((hasSign ? 0.55 : 0.325) * 1e-6, table.Where(value => value > 0).Min(), 1e-12);
        // No number above a tenth of the largest is off by more than half a step of the first decade.
        Assert.All(table.Where(v => v > 0.1f).Zip(table.Where(v => v > 0.1f).Skip(1)), pair => Assert.InRange(pair.Second - pair.First, 0, 0.91 / parts));
    }
}
