using System.Globalization;

namespace Collimate.Reports;

/// <summary>How numbers are written in reports.</summary>
internal static class ReportText
{
    /// <summary>What stands where there is no number.</summary>
    internal const string Absent = "–";

    // A narrow space that does not break the line.
    private const char Space = '\u202F';

    /// <summary>0.613 as "61 %".</summary>
    internal static string Percent(double? share) =>
        share is { } value && double.IsFinite(value) ? string.Create(CultureInfo.InvariantCulture, $"{value * 100:0}{Space}%") : Absent;

    /// <summary>0.33 as "+33 points".</summary>
    internal static string Points(double? difference) => difference is { } value && double.IsFinite(value)
        ? string.Create(CultureInfo.InvariantCulture, $"{(value < 0 ? "−" : "+")}{Math.Abs(value) * 100:0} points")
        : Absent;

    /// <summary>A duration in its two largest units: "42 s", "3 min 5 s", "2 h 10 min".</summary>
    internal static string Duration(TimeSpan duration)
    {
        var seconds = (long)Math.Round(Math.Max(0, duration.TotalSeconds));
        return seconds switch
        {
            < 60 => $"{seconds}{Space}s",
            < 3600 => $"{seconds / 60}{Space}min {seconds % 60}{Space}s",
            _ => $"{seconds / 3600}{Space}h {seconds % 3600 / 60}{Space}min",
        };
    }

    /// <summary>A number with at most three significant digits: 0.0123, 1.23, 123.</summary>
    internal static string Short(double value)
    {
        if (!double.IsFinite(value))
        {
            return Absent;
        }

        var digits = value == 0 ? 0 : Math.Clamp(2 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 0, 6);
        return Math.Round(value, digits).ToString("0.######", CultureInfo.InvariantCulture);
    }
}
