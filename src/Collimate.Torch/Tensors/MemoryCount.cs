using Collimate.Torch.Interop;

namespace Collimate.Torch;

/// <summary>
/// Counts the memory that tensors take on this thread, and in backward passes that it begins, from here on: what is held now, and the most that
/// was held. Exact and the same in every run, unlike the process's size. PyTorch: <c>torch.profiler</c> with <c>profile_memory</c>.
/// </summary>
/// <remarks>Ends on the thread that it began on. Memory from before is not counted until it is given back, which then counts as less than nothing.</remarks>
public sealed class MemoryCount : IDisposable
{
    private nint watch;

    private MemoryCount(nint watch) => this.watch = watch;

    /// <summary>Bytes held more than at the beginning.</summary>
    public long Held => Read(setBack: false).Held;

    /// <summary>The most of <see cref="Held"/> since the beginning, or since the mark was last set back.</summary>
    public long Most => Read(setBack: false).Most;

    /// <summary>Begins to count on this thread.</summary>
    public static MemoryCount Begin() => new(NativeStatus.Check(NativeMethods.ct_memory_count_begin(), "beginning to count memory"));

    /// <summary>Sets the mark of the most back to what is held now.</summary>
    /// <returns>What is held now.</returns>
    public long SetMarkBack() => Read(setBack: true).Held;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (watch != 0)
        {
            NativeMethods.ct_memory_count_end(watch);
            watch = 0;
        }
    }

    private (long Held, long Most) Read(bool setBack)
    {
        ObjectDisposedException.ThrowIf(watch == 0, this);
        NativeMethods.ct_memory_count_read(watch, out var held, out var most, setBack ? 1 : 0);
        return (held, most);
    }
}
