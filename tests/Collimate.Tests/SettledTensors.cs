using Collimate.Torch;

namespace Collimate.Tests;

/// <summary>The count of live tensors from which a test measures a leak: what earlier tests left to the collector is collected first, so that it cannot vanish meanwhile.</summary>
internal static class SettledTensors
{
    /// <summary>How many tensors are alive that something still holds.</summary>
    public static long Count()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return LiveTensors.Count;
    }
}
