namespace Collimate.Benchmarks;

/// <summary>How far the resident size rises above where it stands now: the kernel's high-water mark, set back.</summary>
internal readonly struct MemoryMark
{
    private readonly long before;

    private MemoryMark(long before) => this.before = before;

    /// <summary>How far above the size at the beginning the process has been since, in bytes.</summary>
    public long Risen => Surroundings.PeakResident - before;

    /// <summary>Sets the kernel's mark back to the present size.</summary>
    public static MemoryMark SetHere()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        File.WriteAllText("/proc/self/clear_refs", "5"); // man proc: resets VmHWM
        return new MemoryMark(Surroundings.PeakResident);
    }
}
