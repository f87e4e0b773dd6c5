using System.Diagnostics;
using System.Globalization;

namespace Collimate.Training.Watching;

/// <summary>How much of the machine's memory this process holds now.</summary>
internal static class ResidentMemory
{
    // The page counts of the kernel: the second number is what is resident. Nothing is allocated to read it but a few bytes.
    private const string Counts = "/proc/self/statm";

    private static readonly bool HasCounts = OperatingSystem.IsLinux() && File.Exists(Counts);

    /// <summary>Bytes.</summary>
    public static long Bytes()
    {
        if (!HasCounts)
        {
            using var process = Process.GetCurrentProcess();
            return process.WorkingSet64;
        }

        Span<byte> text = stackalloc byte[128];
        using var file = File.OpenHandle(Counts);
        text = text[..RandomAccess.Read(file, text, 0)];
        text = text[(text.IndexOf((byte)' ') + 1)..];
        return long.Parse(text[..text.IndexOf((byte)' ')], NumberStyles.None, CultureInfo.InvariantCulture) * Environment.SystemPageSize;
    }
}
