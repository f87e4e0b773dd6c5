using System.Buffers.Binary;
using System.Text;

namespace Collimate.Tests.Training.Watching;

/// <summary>Reads TensorBoard's event files from their specification alone: nothing here is shared with what writes them.</summary>
internal static class EventFileReader
{
    /// <summary>An event: when, which step, and what it says.</summary>
    public sealed record Event(double Time, long Step, string? Version, long? SessionStatus, IReadOnlyDictionary<string, float> Scalars, IReadOnlyDictionary<string, string> Texts);

    /// <summary>All events of a file; the file must end with one.</summary>
    public static List<Event> Read(string path)
    {
        byte[] bytes;
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
        {
            bytes = new byte[file.Length];
            file.ReadExactly(bytes);
        }

        var events = new List<Event>();
        for (var at = 0; at < bytes.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
            Assert.Equal(Masked(bytes.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8)));
            var message = bytes.AsSpan(at + 12, length);
            Assert.Equal(Masked(message), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 12 + length)));
            events.Add(Parse(message));
            at += 12 + length + 4;
        }

        return events;
    }

    /// <summary>What TensorBoard shows of a folder: files in the order of their names; a session's start takes back what was said of its step and later ones.</summary>
    public static List<(long Step, string Tag, float Value)> Shown(string folder)
    {
        var shown = new List<(long Step, string Tag, float Value)>();
        foreach (var one in Directory.GetFiles(folder, "*tfevents*").Order(StringComparer.Ordinal).SelectMany(Read))
        {
            if (one.SessionStatus == 1)
            {
                shown.RemoveAll(entry => entry.Step >= one.Step);
            }

            shown.AddRange(one.Scalars.Select(scalar => (one.Step, scalar.Key, scalar.Value)));
        }

        return shown;
    }

    // crc32c bit by bit: the polynomial 0x1EDC6F41, mirrored.
    public static uint Crc32C(ReadOnlySpan<byte> data)
    {
        var crc = 0xFFFFFFFFu;
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78u : crc >> 1;
            }
        }

        return crc ^ 0xFFFFFFFFu;
    }

    private static uint Masked(ReadOnlySpan<byte> data)
    {
        var crc = Crc32C(data);
        return unchecked(((crc >> 15) | (crc << 17)) + 0xA282EAD8u);
    }

    private static Event Parse(ReadOnlySpan<byte> message)
    {
        var fields = Fields(message);
        var scalars = new Dictionary<string, float>();
        var texts = new Dictionary<string, string>();
        foreach (var summary in Many(fields, 5))
        {
            foreach (var value in Many(Fields(summary), 1).Select(bytes => Fields(bytes)))
            {
                var tag = Encoding.UTF8.GetString((byte[])value[1][0]);
                if (value.TryGetValue(2, out var simple))
                {
                    scalars.Add(tag, BitConverter.Int32BitsToSingle((int)(long)simple[0]));
                }
                else
                {
                    var tensor = Fields((byte[])value[8][0]);
                    Assert.Equal(7L, tensor[1][0]); // DT_STRING
                    Assert.Equal(1L, Fields((byte[])Fields((byte[])tensor[2][0])[2][0])[1][0]); // one dimension of size 1
                    var plugin = Fields((byte[])Fields((byte[])value[9][0])[1][0]);
                    Assert.Equal("text", Encoding.UTF8.GetString((byte[])plugin[1][0]));
                    texts.Add(tag, Encoding.UTF8.GetString((byte[])tensor[8][0]));
                }
            }
        }

        return new Event(
            BitConverter.Int64BitsToDouble((long)fields[1][0]),
            fields.TryGetValue(2, out var step) ? (long)step[0] : 0,
            fields.TryGetValue(3, out var version) ? Encoding.UTF8.GetString((byte[])version[0]) : null,
            fields.TryGetValue(7, out var session) ? (long)Fields((byte[])session[0])[1][0] : null,
            scalars, texts);
    }

    private static IEnumerable<byte[]> Many(Dictionary<int, List<object>> fields, int number) => fields.GetValueOrDefault(number, []).Cast<byte[]>();

    private static Dictionary<int, List<object>> Fields(ReadOnlySpan<byte> message)
    {
        var fields = new Dictionary<int, List<object>>();
        while (message.Length > 0)
        {
            var key = Varint(ref message);
            object value;
            switch (key & 7)
            {
                case 0:
                    value = (long)Varint(ref message);
                    break;
                case 1:
                    value = BinaryPrimitives.ReadInt64LittleEndian(message);
                    message = message[8..];
                    break;
                case 2:
                    var length = (int)Varint(ref message);
                    value = message[..length].ToArray();
                    message = message[length..];
                    break;
                case 5:
                    value = (long)BinaryPrimitives.ReadInt32LittleEndian(message);
                    message = message[4..];
                    break;
                default:
                    throw new InvalidDataException($"kind {key & 7}");
            }

            fields.TryAdd((int)(key >> 3), []);
            fields[(int)(key >> 3)].Add(value);
        }

        return fields;
    }

    private static ulong Varint(ref ReadOnlySpan<byte> message)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = message[0];
            message = message[1..];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
