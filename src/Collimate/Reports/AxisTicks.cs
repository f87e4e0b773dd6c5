namespace Collimate.Reports;

/// <summary>Places for the marks of an axis: round numbers that a reader can add up in the head.</summary>
/// <param name="First">The lowest mark, at or below the lowest value where the axis is <paramref name="Step"/>-aligned.</param>
/// <param name="Last">The highest mark, at or above the highest value.</param>
/// <param name="Step">The distance of marks: 1, 2 or 5 times a power of ten.</param>
internal readonly record struct AxisTicks(double First, double Last, double Step)
{
    /// <summary>The marks' values, rising.</summary>
    internal IEnumerable<double> Values
    {
        get
        {
            var (first, step) = (First, Step);
            return Enumerable.Range(0, (int)Math.Round((Last - First) / Step) + 1).Select(k => first + (k * step));
        }
    }

    /// <summary>Marks that enclose a range.</summary>
    /// <param name="low">The lowest value.</param>
    /// <param name="high">The highest value.</param>
    /// <param name="wanted">About how many intervals.</param>
    internal static AxisTicks Enclose(double low, double high, int wanted)
    {
        if (high <= low)
        {
            high = low + Math.Max(1, Math.Abs(low));
        }

        var raw = (high - low) / wanted;
        var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        var step = power * ((raw / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 });
        return new AxisTicks(Math.Floor((low / step) + 1e-9) * step, Math.Ceiling((high / step) - 1e-9) * step, step);
    }
}
