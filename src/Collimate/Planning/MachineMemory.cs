using System.Globalization;

namespace Collimate.Planning;

/// <summary>What memory the machine has left, and how much this process holds.</summary>
public static class MachineMemory
{
    /// <summary>What this process could still take, in bytes: what the kernel says is available, and no more than a container's limit leaves.</summary>
    public static long Available
    {
        get
        {
            var limit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes; // the container's limit, or all of the machine
            var free = Kibibytes("/proc/meminfo", "MemAvailable") ?? limit - Resident;
            return Math.Max(0, Math.Min(free, limit - Resident));
        }
    }

    /// <summary>The resident size of this process, in bytes.</summary>
    public static long Resident => Kibibytes("/proc/self/status", "VmRSS") ?? Environment.WorkingSet;

    /// <summary>The largest resident size this process has had, in bytes.</summary>
    public static long PeakResident => Kibibytes("/proc/self/status", "VmHWM") ?? Environment.WorkingSet;

    /// <summary>Sets <see cref="PeakResident"/> back to the present size, where the system allows it.</summary>
    public static void SetPeakBack()
    {
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5"); // man 5 proc_pid_clear_refs
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // The mark then stays where it was, which is never too low.
        }
    }

    // The value of a line such as "VmRSS:   123 kB", in bytes; null on systems without such a file.
    private static long? Kibibytes(string file, string key)
    {
        if (!File.Exists(file))
        {
            return null;
        }

        var words = File.ReadLines(file).FirstOrDefault(line => line.StartsWith(key + ":", StringComparison.Ordinal))?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words is [_, var number, ..] && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var kibibytes) ? kibibytes << 10 : null;
    }
}
