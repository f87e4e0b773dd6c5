using Collimate.Torch.Interop;

namespace Collimate.Torch;

/// <summary>Counts the tensors that are alive, and calls the collector when tensors made outside any scope pile up.</summary>
/// <remarks>The collector sees 24 bytes where a tensor holds megabytes, so a finalizer alone saves nothing.</remarks>
public static class LiveTensors
{
    private const long UnscopedBudget = 256L << 20;

    private static readonly List<Tally> Tallies = [];
    private static long unscopedBytes;

    [ThreadStatic]
    private static Tally? tally;

    /// <summary>How many tensors are alive in this process.</summary>
    public static long Count
    {
        get
        {
            lock (Tallies)
            {
                return Tallies.Sum(t => t.Net);
            }
        }
    }

    internal static void Created() => (tally ?? Enrol()).Net++;

    internal static void Released() => (tally ?? Enrol()).Net--;

    internal static void CountUnscoped(nint handle)
    {
        var bytes = NativeMethods.ct_tensor_element_count(handle) * sizeof(float);
        if (Interlocked.Add(ref unscopedBytes, bytes) > UnscopedBudget)
        {
            Interlocked.Exchange(ref unscopedBytes, 0);
            GC.Collect(1, GCCollectionMode.Forced, blocking: false);
        }
    }

    private static Tally Enrol()
    {
        var made = new Tally();
        lock (Tallies)
        {
            Tallies.Add(made);
        }

        return tally = made;
    }

    // One a thread, so that counting takes no lock; a tensor made on one thread may be released on another, only the sum has a meaning.
    private sealed class Tally
    {
        internal long Net;
    }
}
