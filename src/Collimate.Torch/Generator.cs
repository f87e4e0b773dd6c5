using Collimate.Torch.Interop;

namespace Collimate.Torch;

/// <summary>A source of random numbers with a state of its own, on the CPU.</summary>
public sealed class Generator : IDisposable
{
    private nint handle;

    /// <summary>Makes a generator.</summary>
    /// <param name="seed">Equal seeds give equal numbers.</param>
    public Generator(ulong seed) => handle = NativeStatus.Check(NativeMethods.ct_generator_new(seed), "making a random generator");

    private Generator(nint handle) => this.handle = handle;

    /// <summary>Releases the native generator.</summary>
    ~Generator() => Release();

    /// <summary>The generator that operators use when none is given (dropout does), for saving and restoring its state.</summary>
    public static Generator DefaultOf(Device device) =>
        new(NativeStatus.Check(NativeMethods.ct_default_generator(device.Packed), "reaching the default generator"));

    /// <summary>The whole state as bytes. Setting it makes the generator continue from there.</summary>
    public byte[] State
    {
        get
        {
            using var state = new Tensor(NativeStatus.Check(NativeMethods.ct_generator_state(Handle), "reading a generator's state"));
            return state.ToArray<byte>();
        }
        set
        {
            using var state = Tensor.From<byte>(value, [value.Length]);
            NativeStatus.Check(NativeMethods.ct_generator_set_state(Handle, state.Handle), "setting a generator's state");
        }
    }

    internal nint Handle => handle != 0 ? handle : throw new ObjectDisposedException(nameof(Generator));

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        var owned = Interlocked.Exchange(ref handle, 0);
        if (owned != 0)
        {
            NativeMethods.ct_generator_release(owned);
        }
    }
}
