using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Collimate.Benchmarks;

/// <summary>Reads a buffer far larger than any cache from end to end: the speed that no work which reads as much can exceed.</summary>
internal sealed unsafe class MemoryReader : IDisposable
{
    private readonly nuint bytes;
    private byte* buffer;
    private readonly int threads;
    private Vector<ulong> sink;

    public MemoryReader(int threads, int mebibytes = 512)
    {
        this.threads = threads;
        bytes = (nuint)mebibytes << 20;
        buffer = (byte*)NativeMemory.AlignedAlloc(bytes, 4096);
        NativeMemory.Fill(buffer, bytes, 1);
    }

    /// <summary>How much one pass reads.</summary>
    public long Bytes => (long)bytes;

    /// <summary>Bytes a second of one pass.</summary>
    public double Pass()
    {
        var clock = Stopwatch.StartNew();
        if (threads == 1)
        {
            sink += Read(buffer, bytes);
        }
        else
        {
            var share = bytes / (nuint)threads / 4096 * 4096;
            Thread[] others = [.. Enumerable.Range(1, threads - 1).Select(k => new Thread(() => Read(buffer + ((nuint)k * share), share)))];
            Array.ForEach(others, thread => thread.Start());
            sink += Read(buffer, share);
            Array.ForEach(others, thread => thread.Join());
        }

        return bytes / clock.Elapsed.TotalSeconds;
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(buffer);
        buffer = null;
    }

    private static Vector<ulong> Read(byte* from, nuint count)
    {
        var step = (nuint)Vector<byte>.Count;
        var (a, b, c, d) = (Vector<ulong>.Zero, Vector<ulong>.Zero, Vector<ulong>.Zero, Vector<ulong>.Zero);
        for (nuint at = 0; at + (4 * step) <= count; at += 4 * step)
        {
            a ^= *(Vector<ulong>*)(from + at);
            b ^= *(Vector<ulong>*)(from + at + step);
            c ^= *(Vector<ulong>*)(from + at + (2 * step));
            d ^= *(Vector<ulong>*)(from + at + (3 * step));
        }

        return a ^ b ^ c ^ d;
    }
}
