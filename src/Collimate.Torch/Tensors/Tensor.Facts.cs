using Collimate.Torch.Interop;

namespace Collimate.Torch;

/// <content>What a tensor is: shape, type, place, data.</content>
public sealed unsafe partial class Tensor
{
    /// <summary>The number of dimensions.</summary>
    public int Rank
    {
        get
        {
            var rank = NativeMethods.ct_tensor_rank(Handle);
            GC.KeepAlive(this);
            return rank;
        }
    }

    /// <summary>The size of each dimension; a fresh array.</summary>
    public long[] Shape
    {
        get
        {
            var sizes = new long[Rank];
            fixed (long* p = sizes)
            {
                NativeMethods.ct_tensor_sizes(Handle, p);
            }

            GC.KeepAlive(this);
            return sizes;
        }
    }

    /// <summary>The step in elements of each dimension; a fresh array.</summary>
    public long[] Strides
    {
        get
        {
            var strides = new long[Rank];
            fixed (long* p = strides)
            {
                NativeMethods.ct_tensor_strides(Handle, p);
            }

            GC.KeepAlive(this);
            return strides;
        }
    }

    /// <summary>The number of elements.</summary>
    public long ElementCount
    {
        get
        {
            var count = NativeMethods.ct_tensor_element_count(Handle);
            GC.KeepAlive(this);
            return count;
        }
    }

    /// <summary>The type of the elements.</summary>
    public ScalarType Type
    {
        get
        {
            var type = (ScalarType)NativeMethods.ct_tensor_type(Handle);
            GC.KeepAlive(this);
            return type;
        }
    }

    /// <summary>Where the tensor lives.</summary>
    public Device Device
    {
        get
        {
            var device = Device.Unpack(NativeMethods.ct_tensor_device(Handle));
            GC.KeepAlive(this);
            return device;
        }
    }

    /// <summary>Whether the elements lie one after the other in row-major order.</summary>
    public bool IsContiguous
    {
        get
        {
            var yes = NativeMethods.ct_tensor_is_contiguous(Handle) != 0;
            GC.KeepAlive(this);
            return yes;
        }
    }

    /// <summary>How often the data have been changed in place.</summary>
    public int Version
    {
        get
        {
            var version = NativeMethods.ct_tensor_version(Handle);
            GC.KeepAlive(this);
            return version;
        }
    }

    /// <summary>The address of the first element; valid while the tensor is.</summary>
    public nint DataPointer
    {
        get
        {
            var pointer = NativeMethods.ct_tensor_data(Handle);
            GC.KeepAlive(this);
            return pointer;
        }
    }

    /// <summary>The size of one dimension; negative numbers count from the end.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such dimension.</exception>
    public long Size(int dimension)
    {
        var rank = Rank;
        var index = dimension < 0 ? dimension + rank : dimension;
        ArgumentOutOfRangeException.ThrowIfNegative(index, nameof(dimension));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, rank, nameof(dimension));
        long* sizes = stackalloc long[rank];
        NativeMethods.ct_tensor_sizes(Handle, sizes);
        GC.KeepAlive(this);
        return sizes[index];
    }

    /// <summary>The elements in row-major order. The element type must match; <see cref="To(ScalarType)"/> converts.</summary>
    /// <exception cref="InvalidOperationException">The tensor's elements are of another type.</exception>
    public T[] ToArray<T>() where T : unmanaged
    {
        var type = Type;
        if (ScalarTypes.Of<T>() != type)
        {
            throw new InvalidOperationException($"A tensor of {type} cannot be read as {typeof(T).Name}; convert it with To(ScalarType) first.");
        }

        using var scope = new TensorScope();
        var flat = Detach().To(Device.Cpu).Contiguous();
        var result = new T[flat.ElementCount];
        if (result.Length > 0)
        {
            new ReadOnlySpan<T>((void*)flat.DataPointer, result.Length).CopyTo(result);
        }

        return result;
    }

    /// <summary>The one element as a double.</summary>
    /// <exception cref="TorchException">There is not exactly one element.</exception>
    public double Item()
    {
        double value;
        NativeStatus.Check(NativeMethods.ct_tensor_item_double(Handle, &value), "reading a single value");
        GC.KeepAlive(this);
        return value;
    }

    /// <summary>The one element as a whole number.</summary>
    /// <exception cref="TorchException">There is not exactly one element.</exception>
    public long ItemInt64()
    {
        long value;
        NativeStatus.Check(NativeMethods.ct_tensor_item_int64(Handle, &value), "reading a single value");
        GC.KeepAlive(this);
        return value;
    }

    /// <summary>The one element as a flag.</summary>
    public bool ItemBool() => ItemInt64() != 0;

    /// <inheritdoc/>
    public override string ToString() => IsDisposed ? "released tensor" : $"{Type}[{string.Join(", ", Shape)}]";
}
