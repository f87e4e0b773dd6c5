using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace Collimate.Training.Watching.TensorBoard;

/// <summary>A file of events in the framing of TFRecord: length, its checksum, the message, its checksum.</summary>
/// <remarks>
/// Source: <c>tensorflow/core/lib/io/record_writer.h</c>. Every event is brought to the file at once and whole, so that a process that is killed leaves a file
/// that ends between two of them and lacks none.
/// </remarks>
internal sealed class EventFile : IDisposable
{
    private const uint MaskDelta = 0xA282EAD8;
    private const string Prefix = "events.out.tfevents.";

    private readonly FileStream file;
    private readonly ArrayBufferWriter<byte> record = new();

    /// <param name="folder">Where the file is made; its name follows those of the files that are there, in which order they are read.</param>
    /// <param name="time">Seconds since 1970.</param>
    public EventFile(string folder, double time)
    {
        Directory.CreateDirectory(folder);
        // Names begin with a second, and no two files with the same: a run may be gone on with within one.
        var second = Math.Max((long)time, Directory.EnumerateFiles(folder, $"{Prefix}*").Select(SecondOf).DefaultIfEmpty(0).Max() + 1);
        var name = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{second:D10}.{Environment.MachineName}.{Environment.ProcessId}");
        file = new FileStream(Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        Write(EventMessages.Version(time));
    }

    /// <summary>Adds an event.</summary>
    public void Write(WireMessage message)
    {
        record.ResetWrittenCount();
        var head = record.GetSpan(12);
        BinaryPrimitives.WriteUInt64LittleEndian(head, (ulong)message.Bytes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], MaskedCrc(head[..8]));
        record.Advance(12);
        record.Write(message.Bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(record.GetSpan(4), MaskedCrc(message.Bytes));
        record.Advance(4);
        file.Write(record.WrittenSpan);
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private static long SecondOf(string path) =>
        long.TryParse(Path.GetFileName(path)[Prefix.Length..].Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var second) ? second : 0;

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
