using System.Text;
using Collimate.Torch.Interop;

namespace Collimate.Torch;

/// <summary>One argument of an <see cref="Operator"/>: anything a schema may ask for, by implicit conversion.</summary>
public readonly unsafe struct Argument
{
    private readonly ArgumentTag tag;
    private readonly long bits;
    private readonly object? reference;

    private Argument(ArgumentTag tag, long bits = 0, object? reference = null)
    {
        this.tag = tag;
        this.bits = bits;
        this.reference = reference;
    }

    /// <summary>The schema's default.</summary>
    public static Argument Default => default;

    /// <summary>No value.</summary>
    public static Argument None => new(ArgumentTag.None);

    /// <summary>A list of tensors of which some may be absent, as indexing takes it.</summary>
    public static Argument Optional(Tensor?[] tensors) => new(ArgumentTag.OptionalTensors, 0, tensors);

    /// <summary>A list of flags.</summary>
    public static Argument Flags(bool[] values) => new(ArgumentTag.Bools, 0, values);

    /// <summary>A tensor, or no value where it is null.</summary>
    public static implicit operator Argument(Tensor? tensor) => tensor is null ? None : new(ArgumentTag.Tensor, 0, tensor);
    /// <summary>A whole number.</summary>
    public static implicit operator Argument(long value) => new(ArgumentTag.Int, value);
    /// <summary>A whole number.</summary>
    public static implicit operator Argument(int value) => new(ArgumentTag.Int, value);
    /// <summary>A fraction.</summary>
    public static implicit operator Argument(double value) => new(ArgumentTag.Double, BitConverter.DoubleToInt64Bits(value));
    /// <summary>A flag.</summary>
    public static implicit operator Argument(bool value) => new(ArgumentTag.Bool, value ? 1 : 0);
    /// <summary>A scalar type.</summary>
    public static implicit operator Argument(ScalarType value) => new(ArgumentTag.Int, (int)value);
    /// <summary>A device.</summary>
    public static implicit operator Argument(Device value) => new(ArgumentTag.Device, value.Packed);
    /// <summary>A list of whole numbers.</summary>
    public static implicit operator Argument(long[]? values) => values is null ? None : new(ArgumentTag.Ints, 0, values);
    /// <summary>A list of whole numbers.</summary>
    public static implicit operator Argument(ReadOnlySpan<long> values) => new(ArgumentTag.Ints, 0, values.ToArray());
    /// <summary>A list of fractions.</summary>
    public static implicit operator Argument(double[]? values) => values is null ? None : new(ArgumentTag.Doubles, 0, values);
    /// <summary>A list of tensors.</summary>
    public static implicit operator Argument(Tensor[] tensors) => new(ArgumentTag.Tensors, 0, tensors);
    /// <summary>A text.</summary>
    public static implicit operator Argument(string value) => new(ArgumentTag.String, 0, Encoding.UTF8.GetBytes(value));
    /// <summary>A source of random numbers, or the device's default where it is null.</summary>
    public static implicit operator Argument(Generator? generator) => generator is null ? None : new(ArgumentTag.Generator, 0, generator);

    /// <inheritdoc/>
    public override string ToString() => tag switch
    {
        ArgumentTag.Default => "default",
        ArgumentTag.None => "none",
        ArgumentTag.Tensor => reference!.ToString()!,
        ArgumentTag.Double => BitConverter.Int64BitsToDouble(bits).ToString("R"),
        ArgumentTag.Bool => bits != 0 ? "true" : "false",
        ArgumentTag.Ints => $"[{string.Join(", ", (long[])reference!)}]",
        ArgumentTag.Tensors => $"[{string.Join(", ", (object[])reference!)}]",
        ArgumentTag.Int => bits.ToString(),
        _ => tag.ToString(),
    };

    internal int ScratchWords => tag switch
    {
        ArgumentTag.Ints => ((long[])reference!).Length,
        ArgumentTag.Doubles => ((double[])reference!).Length,
        ArgumentTag.Bools => ((bool[])reference!).Length / sizeof(long) + 1,
        ArgumentTag.Tensors or ArgumentTag.OptionalTensors => ((Tensor?[])reference!).Length,
        ArgumentTag.String => ((byte[])reference!).Length / sizeof(long) + 1,
        _ => 0,
    };

    /// <summary>Writes the native form, with lists copied to <paramref name="scratch"/>; returns where the next list may go.</summary>
    internal long* Write(NativeArgument* target, long* scratch)
    {
        target->Tag = tag;
        target->Count = 0;
        switch (tag)
        {
            case ArgumentTag.Tensor:
                target->Pointer = ((Tensor)reference!).Handle;
                return scratch;
            case ArgumentTag.Generator:
                target->Pointer = ((Generator)reference!).Handle;
                return scratch;
            case ArgumentTag.Ints:
                return WriteList<long>(target, scratch, (long[])reference!);
            case ArgumentTag.Doubles:
                return WriteList<double>(target, scratch, (double[])reference!);
            case ArgumentTag.Bools:
                return WriteList<bool>(target, scratch, (bool[])reference!);
            case ArgumentTag.String:
                return WriteList<byte>(target, scratch, (byte[])reference!);
            case ArgumentTag.Tensors:
            case ArgumentTag.OptionalTensors:
                var tensors = (Tensor?[])reference!;
                target->Count = tensors.Length;
                target->Pointer = (nint)scratch;
                foreach (var tensor in tensors)
                {
                    *scratch++ = tensor?.Handle ?? 0;
                }

                return scratch;
            default:
                target->Integer = bits;
                return scratch;
        }
    }

    private static long* WriteList<T>(NativeArgument* target, long* scratch, ReadOnlySpan<T> values) where T : unmanaged
    {
        target->Count = values.Length;
        target->Pointer = (nint)scratch;
        values.CopyTo(new Span<T>(scratch, values.Length));
        return scratch + ((values.Length * sizeof(T)) + sizeof(long) - 1) / sizeof(long);
    }
}
