using System.Runtime.InteropServices;
using Collimate.Torch.Interop;

namespace Collimate.Torch;

/// <content>Making tensors.</content>
public sealed unsafe partial class Tensor
{
    /// <summary>All zeros. PyTorch: <c>torch.zeros</c>.</summary>
    public static Tensor Zeros(ReadOnlySpan<long> shape, ScalarType type = ScalarType.Float32, Device? device = null) =>
        Aten.Zeros.Call(Affordable(shape), type, Argument.None, device ?? Device.Cpu);

    /// <summary>All ones. PyTorch: <c>torch.ones</c>.</summary>
    public static Tensor Ones(ReadOnlySpan<long> shape, ScalarType type = ScalarType.Float32, Device? device = null) =>
        Aten.Ones.Call(Affordable(shape), type, Argument.None, device ?? Device.Cpu);

    /// <summary>Uninitialised memory. PyTorch: <c>torch.empty</c>.</summary>
    public static Tensor Empty(ReadOnlySpan<long> shape, ScalarType type = ScalarType.Float32, Device? device = null) =>
        Aten.Empty.Call(Affordable(shape), type, Argument.None, device ?? Device.Cpu);

    /// <summary>One value everywhere. PyTorch: <c>torch.full</c>.</summary>
    public static Tensor Full(ReadOnlySpan<long> shape, double value, ScalarType type = ScalarType.Float32, Device? device = null) =>
        Aten.Full.Call(Affordable(shape), value, type, Argument.None, device ?? Device.Cpu);

    /// <summary>A tensor without dimensions that holds one value.</summary>
    public static Tensor Scalar(double value, ScalarType type = ScalarType.Float32, Device? device = null) => Full([], value, type, device);

    /// <summary>0, 1, … up to but not including <paramref name="end"/>. PyTorch: <c>torch.arange</c>.</summary>
    public static Tensor Arange(long end, ScalarType type = ScalarType.Int64, Device? device = null) => Arange(0, end, 1, type, device);

    /// <summary><paramref name="start"/>, start + step, … up to but not including <paramref name="end"/>. PyTorch: <c>torch.arange</c>.</summary>
    public static Tensor Arange(long start, long end, long step = 1, ScalarType type = ScalarType.Int64, Device? device = null) =>
        Aten.Arange.Call(start, end, step, type, Argument.None, device ?? Device.Cpu);

    /// <summary>The identity matrix. PyTorch: <c>torch.eye</c>.</summary>
    public static Tensor Eye(long n, ScalarType type = ScalarType.Float32, Device? device = null) =>
        Aten.Eye.Call(n, type, Argument.None, device ?? Device.Cpu);

    /// <summary>Independent standard normal values. PyTorch: <c>torch.randn</c>.</summary>
    public static Tensor RandomNormal(ReadOnlySpan<long> shape, Generator? generator = null, ScalarType type = ScalarType.Float32, Device? device = null) =>
        Aten.RandomNormal.Call(Affordable(shape), generator, type, Argument.None, device ?? Device.Cpu);

    /// <summary>Independent values, uniform in [0, 1). PyTorch: <c>torch.rand</c>.</summary>
    public static Tensor RandomUniform(ReadOnlySpan<long> shape, Generator? generator = null, ScalarType type = ScalarType.Float32, Device? device = null) =>
        Aten.RandomUniform.Call(Affordable(shape), generator, type, Argument.None, device ?? Device.Cpu);

    /// <summary>0 … n-1 in random order. PyTorch: <c>torch.randperm</c>.</summary>
    public static Tensor RandomPermutation(long n, Generator? generator = null) => Aten.RandomPermutation.Call(n, generator);

    /// <summary>A tensor of the given elements, in row-major order. PyTorch: <c>torch.tensor</c>.</summary>
    /// <exception cref="ArgumentException">The shape does not hold as many elements as were given.</exception>
    public static Tensor From<T>(ReadOnlySpan<T> data, ReadOnlySpan<long> shape, Device? device = null) where T : unmanaged
    {
        var expected = 1L;
        foreach (var size in shape)
        {
            expected = checked(expected * size);
        }

        if (expected != data.Length)
        {
            throw new ArgumentException($"{data.Length} elements were given for the shape [{string.Join(", ", shape.ToArray())}], which holds {expected}.", nameof(shape));
        }

        Tensor made;
        fixed (T* source = data)
        fixed (long* sizes = shape)
        {
            made = new Tensor(NativeStatus.Check(NativeMethods.ct_tensor_copy_of(source, sizes, shape.Length, (int)ScalarTypes.Of<T>()), "making a tensor from an array"));
        }

        if (device is not { Type: not DeviceType.Cpu } away)
        {
            return made;
        }

        using (made)
        {
            return made.To(away);
        }
    }

    /// <summary>A tensor of the given elements, in row-major order.</summary>
    public static Tensor From<T>(T[] data, ReadOnlySpan<long> shape, Device? device = null) where T : unmanaged =>
        From<T>(data.AsSpan(), shape, device);

    /// <summary>A vector of the given elements.</summary>
    public static Tensor From<T>(T[] data) where T : unmanaged => From<T>(data.AsSpan(), [data.Length]);

    /// <summary>A tensor on memory that somebody else owns, without a copy.</summary>
    /// <param name="data">The first element; the memory must be writable and aligned to the element size.</param>
    /// <param name="shape">The shape, row-major.</param>
    /// <param name="type">The type of the elements.</param>
    /// <param name="release">Called once, on any thread, when the last view of the memory has died.</param>
    public static Tensor FromMemory(nint data, ReadOnlySpan<long> shape, ScalarType type, Action release)
    {
        var state = GCHandle.Alloc(release);
        fixed (long* sizes = shape)
        {
            var made = NativeMethods.ct_tensor_on_memory(data, sizes, shape.Length, (int)type, &ReleaseMemory, GCHandle.ToIntPtr(state));
            if (made == 0)
            {
                state.Free();
                NativeStatus.Throw(-1, "making a tensor on mapped memory");
            }

            return new Tensor(made);
        }
    }

    [UnmanagedCallersOnly]
    private static void ReleaseMemory(nint state)
    {
        var handle = GCHandle.FromIntPtr(state);
        var release = (Action)handle.Target!;
        handle.Free();
        try
        {
            release();
        }
        catch (Exception failure)
        {
            // Nothing can be thrown through native code; the memory then stays mapped, which harms nobody.
            Console.Error.WriteLine($"collimate: releasing mapped memory failed: {failure.Message}");
        }
    }

    private static ReadOnlySpan<long> Affordable(ReadOnlySpan<long> shape)
    {
        AllocationBudget.Spend(shape);
        return shape;
    }
}
