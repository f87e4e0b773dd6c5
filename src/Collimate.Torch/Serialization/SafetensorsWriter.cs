using System.Buffers.Binary;
using System.Text.Json;

namespace Collimate.Torch.Serialization;

/// <summary>Writes safetensors files: complete or not at all, and byte for byte the same for the same values.</summary>
public static class SafetensorsWriter
{
    private const int Alignment = 64;

    /// <summary>Writes tensors to a file.</summary>
    /// <param name="path">The file; it appears when it is complete and safely on disk.</param>
    /// <param name="tensors">The tensors by name; their types are kept.</param>
    /// <param name="metadata">Notes for the header.</param>
    /// <exception cref="ArgumentException">A tensor has a name that the format does not allow.</exception>
    /// <exception cref="IOException">The disk is full, or the folder cannot be written.</exception>
    public static unsafe void Write(string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        if (tensors.ContainsKey(SafetensorsHeader.MetadataName))
        {
            throw new ArgumentException($"'{SafetensorsHeader.MetadataName}' is the format's own word and cannot name a tensor.", nameof(tensors));
        }

        // Wide types first keeps every tensor aligned without gaps, which the format forbids.
        var ordered = tensors.OrderByDescending(t => t.Value.Type.Size()).ThenBy(t => t.Key, StringComparer.Ordinal).ToArray();
        var header = Header(ordered, metadata);
        using var file = new PendingFile(path);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        file.Stream.Write(length);
        file.Stream.Write(header);
        foreach (var (_, tensor) in ordered)
        {
            using var scope = new TensorScope();
            var flat = tensor.Detach().To(Device.Cpu).Contiguous();
            var bytes = flat.ElementCount * flat.Type.Size();
            for (long done = 0; done < bytes; done += int.MaxValue)
            {
                file.Stream.Write(new ReadOnlySpan<byte>((byte*)flat.DataPointer + done, (int)Math.Min(int.MaxValue, bytes - done)));
            }
        }

        file.Commit();
        DurableFolder.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    private static byte[] Header(KeyValuePair<string, Tensor>[] ordered, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            var offset = 0L;
            foreach (var (name, tensor) in ordered)
            {
                var end = offset + (tensor.ElementCount * tensor.Type.Size());
                json.WriteStartObject(name);
                json.WriteString("dtype", SafetensorsHeader.NameOf(tensor.Type));
                WriteNumbers(json, "shape", tensor.Shape);
                WriteNumbers(json, "data_offsets", [offset, end]);
                json.WriteEndObject();
                offset = end;
            }

            json.WriteEndObject();
        }

        while ((buffer.Length + 8) % Alignment != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        return buffer.ToArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, long[] values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }
}
