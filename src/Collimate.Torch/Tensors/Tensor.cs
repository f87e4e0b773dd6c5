using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Collimate.Torch.Interop;

namespace Collimate.Torch;

/// <summary>A multi-dimensional array on a device, with automatic differentiation.</summary>
/// <remarks>
/// <para>Owns one reference to a native tensor. Release is deterministic: open a <see cref="TensorScope"/> around a piece of work, or dispose
/// a tensor as soon as it has served. The finalizer is a safety net only.</para>
/// <para>Methods whose name ends in an underscore change the tensor and return it, as in PyTorch; all others return a new one.</para>
/// <para>PyTorch: <c>torch.Tensor</c>.</para>
/// </remarks>
public sealed partial class Tensor : IDisposable
{
    private nint handle;
    private int scopeSlot = -1;
    private TensorScope? scope;

    internal Tensor(nint handle)
    {
        this.handle = handle;
        LiveTensors.Created();
        if (TensorScope.Current is { } current)
        {
            current.Add(this);
        }
        else
        {
            LiveTensors.CountUnscoped(handle);
        }
    }

    /// <summary>The safety net for a tensor that nobody released.</summary>
    ~Tensor() => ReleaseHandle();

    internal nint Handle
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            var current = handle;
            if (current == 0)
            {
                ThrowDisposed();
            }

            return current;
        }
    }

    /// <summary>Whether the tensor has been released.</summary>
    public bool IsDisposed => handle == 0;

    /// <summary>Releases the tensor now. Disposing twice does nothing.</summary>
    public void Dispose()
    {
        if (handle == 0)
        {
            return;
        }

        scope?.Remove(this, scopeSlot);
        scope = null;
        ReleaseHandle();
        GC.SuppressFinalize(this);
    }

    /// <summary>Takes the tensor out of the scope it was made in, so that it lives until it is disposed.</summary>
    /// <returns>This tensor.</returns>
    public Tensor Keep()
    {
        scope?.Remove(this, scopeSlot);
        scope = null;
        return this;
    }

    /// <summary>Hands the tensor to the scope around the one it was made in, or to nobody where there is none.</summary>
    /// <returns>This tensor.</returns>
    public Tensor MoveToOuterScope()
    {
        var outer = scope?.Outer;
        Keep();
        outer?.Add(this);
        return this;
    }

    /// <summary>A new reference to the same native tensor: same data, same gradient, a lifetime of its own.</summary>
    public Tensor Alias()
    {
        var alias = new Tensor(NativeMethods.ct_tensor_retain(Handle));
        GC.KeepAlive(this);
        return alias;
    }

    internal void EnterScope(TensorScope owner, int slot)
    {
        scope = owner;
        scopeSlot = slot;
    }

    /// <summary>Gives the handle away to a scope that releases many at once.</summary>
    internal nint TakeHandle()
    {
        var owned = Interlocked.Exchange(ref handle, 0);
        if (owned != 0)
        {
            LiveTensors.Released();
            GC.SuppressFinalize(this);
        }

        scope = null;
        return owned;
    }

    private void ReleaseHandle()
    {
        var owned = Interlocked.Exchange(ref handle, 0);
        if (owned != 0)
        {
            LiveTensors.Released();
            NativeMethods.ct_tensor_release(owned);
        }
    }

    [DoesNotReturn]
    private static void ThrowDisposed() =>
        throw new ObjectDisposedException(nameof(Tensor), "The tensor has been released: it was disposed, or the TensorScope it was made in has ended. Keep() takes a tensor out of its scope.");
}
