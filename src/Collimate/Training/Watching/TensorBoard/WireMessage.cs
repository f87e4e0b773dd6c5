using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Collimate.Training.Watching.TensorBoard;

/// <summary>A message in the wire format of protocol buffers, field after field.</summary>
/// <remarks>Source: https://protobuf.dev/programming-guides/encoding: a field is a key, its number · 8 + its kind of encoding, and a value.</remarks>
internal sealed class WireMessage
{
    private const int Varint = 0;
    private const int EightBytes = 1;
    private const int Lengthed = 2;
    private const int FourBytes = 5;

    private readonly ArrayBufferWriter<byte> bytes = new();

    /// <summary>What has been written so far.</summary>
    public ReadOnlySpan<byte> Bytes => bytes.WrittenSpan;

    /// <summary>Adds an <c>int64</c>, an <c>int32</c> or an enumeration's value.</summary>
    public WireMessage Add(int field, long value)
    {
        AddKey(field, Varint);
        AddVarint((ulong)value);
        return this;
    }

    /// <summary>Adds a <c>double</c>.</summary>
    public WireMessage Add(int field, double value)
    {
        AddKey(field, EightBytes);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes.GetSpan(sizeof(double)), value);
        bytes.Advance(sizeof(double));
        return this;
    }

    /// <summary>Adds a <c>float</c>.</summary>
    public WireMessage Add(int field, float value)
    {
        AddKey(field, FourBytes);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.GetSpan(sizeof(float)), value);
        bytes.Advance(sizeof(float));
        return this;
    }

    /// <summary>Adds a <c>string</c>, or <c>bytes</c> that hold one.</summary>
    public WireMessage Add(int field, string value) => Add(field, Encoding.UTF8.GetBytes(value));

    /// <summary>Adds a message within this one.</summary>
    public WireMessage Add(int field, WireMessage value) => Add(field, value.Bytes);

    private WireMessage Add(int field, ReadOnlySpan<byte> value)
    {
        AddKey(field, Lengthed);
        AddVarint((ulong)value.Length);
        bytes.Write(value);
        return this;
    }

    private void AddKey(int field, int kind) => AddVarint((ulong)((field << 3) | kind));

    // Seven bits a byte, the lowest first; the eighth says that more follow.
    private void AddVarint(ulong value)
    {
        var room = bytes.GetSpan(10);
        var count = 0;
        for (; value > 0x7F; value >>= 7)
        {
            room[count++] = (byte)(value | 0x80);
        }

        room[count++] = (byte)value;
        bytes.Advance(count);
    }
}
