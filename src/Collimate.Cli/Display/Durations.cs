namespace Collimate.Cli.Display;

/// <summary>Durations and rates as people say them.</summary>
internal static class Durations
{
    /// <summary>A duration in at most two units: <c>4.2 s</c>, <c>48 s</c>, <c>2 min 05 s</c>, <c>1 h 02 min</c>, <c>3 d 4 h</c>.</summary>
    public static string Words(TimeSpan time)
    {
        var seconds = Math.Max(0, time.TotalSeconds);
        var whole = (long)Math.Min(Math.Round(seconds), long.MaxValue / 2);
        return seconds switch
        {
            < 9.95 => $"{seconds:0.0} s",
            < 59.5 => $"{whole} s",
            < 3599.5 => $"{whole / 60} min {whole % 60:00} s",
            < 86400 => $"{whole / 3600} h {whole % 3600 / 60:00} min",
            _ => $"{whole / 86400} d {whole % 86400 / 3600} h",
        };
    }

    /// <summary>A rate with three digits that matter: <c>0.512</c>, <c>31.2</c>, <c>4810</c>.</summary>
    public static string Rate(double perSecond) => perSecond switch
    {
        >= 100 => $"{perSecond:0}",
        >= 10 => $"{perSecond:0.0}",
        >= 1 => $"{perSecond:0.00}",
        _ => $"{perSecond:0.000}",
    };
}
