using System.Globalization;

namespace Collimate.Planning;

/// <summary>Amounts of memory as people write them: <c>16GiB</c>, <c>800 MiB</c>, <c>12GB</c>.</summary>
public static class ByteSize
{
    private static readonly (string Unit, double Bytes)[] Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("B", 1),
    ];

    /// <summary>Reads an amount.</summary>
    /// <param name="text">A number with a unit, upper or lower case; a number alone is bytes.</param>
    /// <param name="bytes">The amount.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(string text, out long bytes)
    {
        var (number, factor) = (text.Trim(), 1.0);
        if (Units.FirstOrDefault(unit => number.EndsWith(unit.Unit, StringComparison.OrdinalIgnoreCase)) is { Unit: not null } found)
        {
            (number, factor) = (number[..^found.Unit.Length].TrimEnd(), found.Bytes);
        }

        var isOne = double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value > 0 && value * factor < long.MaxValue;
        bytes = isOne ? (long)(value * factor) : 0;
        return isOne;
    }

    /// <summary>An amount in the unit in which it is at least 1, such as <c>3.5 GiB</c>.</summary>
    public static string Format(long bytes) => Math.Abs(bytes) switch
    {
        >= 1L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):F2} GiB"),
        >= 1L << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):F1} MiB"),
        >= 1L << 10 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 10):F1} KiB"),
        _ => $"{bytes} B",
    };
}
