using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace Collimate.Training.Watching.TensorBoard;

/// <summary>A file of events in the framing of TFRecord: length, its checksum, the message, its checksum.</summary>
/// <remarks>
/// Source: <c>tensorflow/core/lib/io/record_writer.h</c>. Events are gathered and brought to the file whole, many at once, so that a process that is killed
/// leaves a file that ends between two of them.
/// </remarks>
internal sealed class EventFile : IDisposable
{
    private const int MostGathered = 64 << 10;
    private const uint MaskDelta = 0xA282EAD8;

    private static int opened;

    private readonly FileStream file;
    private readonly MemoryStream gathered = new();

    /// <param name="folder">Where the file is made; it has a name that no other file has.</param>
    /// <param name="time">Seconds since 1970.</param>
    public EventFile(string folder, double time)
    {
        Directory.CreateDirectory(folder);
        var number = Interlocked.Increment(ref opened);
        var name = string.Create(CultureInfo.InvariantCulture, $"events.out.tfevents.{(long)time:D10}.{Environment.MachineName}.{Environment.ProcessId}.{number}");
        // Without a buffer of its own: what is flushed is whole events.
        file = new FileStream(Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        Write(EventMessages.Version(time));
        Flush();
    }

    /// <summary>Adds an event.</summary>
    public void Write(WireMessage message)
    {
        Span<byte> head = stackalloc byte[12];
        BinaryPrimitives.WriteUInt64LittleEndian(head, (ulong)message.Bytes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], MaskedCrc(head[..8]));
        Span<byte> tail = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(tail, MaskedCrc(message.Bytes));
        gathered.Write(head);
        gathered.Write(message.Bytes);
        gathered.Write(tail);
        if (gathered.Length > MostGathered)
        {
            Flush();
        }
    }

    /// <summary>Brings what was added into the file.</summary>
    public void Flush()
    {
        file.Write(gathered.GetBuffer().AsSpan(0, (int)gathered.Length));
        gathered.SetLength(0);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Flush();
        file.Dispose();
        gathered.Dispose();
    }

    // CRC32C, turned and moved, so that a checksum of data that hold checksums is none of theirs.
    private static uint MaskedCrc(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        for (; data.Length >= sizeof(ulong); data = data[sizeof(ulong)..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
        }

        foreach (var value in data)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return BitOperations.RotateRight(~crc, 15) + MaskDelta;
    }
}
