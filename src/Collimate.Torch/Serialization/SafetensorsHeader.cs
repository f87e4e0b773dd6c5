using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Collimate.Torch.Serialization;

/// <summary>The header of a safetensors file, read with every check that the format asks for before a byte of data is touched.</summary>
/// <remarks>Source: the format's description at github.com/huggingface/safetensors.</remarks>
internal sealed class SafetensorsHeader
{
    internal const string MetadataName = "__metadata__";

    private const long LargestHeader = 100_000_000;
    private const int MostDimensions = 64; // libtorch's own bound for most operators
    private const int LongestQuote = 200;
    private const string Mend = "The file is damaged, or was not downloaded or copied completely: fetch or write it again.";

    private static readonly Dictionary<string, ScalarType> Types = new()
    {
        ["BOOL"] = ScalarType.Bool, ["U8"] = ScalarType.UInt8, ["I8"] = ScalarType.Int8, ["I16"] = ScalarType.Int16, ["I32"] = ScalarType.Int32,
        ["I64"] = ScalarType.Int64, ["F16"] = ScalarType.Float16, ["BF16"] = ScalarType.BFloat16, ["F32"] = ScalarType.Float32, ["F64"] = ScalarType.Float64,
    };

    private SafetensorsHeader(long dataStart, IReadOnlyDictionary<string, Entry> entries, IReadOnlyDictionary<string, string> metadata) =>
        (DataStart, Entries, Metadata) = (dataStart, entries, metadata);

    /// <summary>Where the data begin in the file.</summary>
    internal long DataStart { get; }

    internal IReadOnlyDictionary<string, Entry> Entries { get; }

    internal IReadOnlyDictionary<string, string> Metadata { get; }

    internal static string NameOf(ScalarType type) => Types.First(t => t.Value == type).Key;

    internal static SafetensorsHeader Read(FileStream stream, string path)
    {
        try
        {
            return ReadSound(stream, path);
        }
        catch (EndOfStreamException failure)
        {
            throw CheckpointException.At(path, null, $"a file of {stream.Length} bytes that ends inside its header", null, Mend, failure);
        }
    }

    private static SafetensorsHeader ReadSound(FileStream stream, string path)
    {
        Span<byte> lengthBytes = stackalloc byte[8];
        stream.ReadExactly(lengthBytes);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        if (length is 0 or > (ulong)LargestHeader || (long)length + 8 > stream.Length)
        {
            throw Bad(path, null, $"a header of {length} bytes in a file of {stream.Length}", $"between 1 and {LargestHeader} bytes that fit into the file");
        }

        var header = new byte[length];
        stream.ReadExactly(header);
        if (header[0] != (byte)'{')
        {
            throw Bad(path, null, $"a header that begins with byte 0x{header[0]:x2}", "'{'");
        }

        try
        {
            // Strict UTF-8: two names must not become one by replacement characters.
            _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(header);
            using var document = JsonDocument.Parse(header, new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            return Parse(document.RootElement, path, 8 + (long)length, stream.Length);
        }
        catch (Exception failure) when (failure is JsonException or DecoderFallbackException or InvalidOperationException)
        {
            // InvalidOperationException: a name with half of a surrogate pair.
            throw Bad(path, null, $"a header that is no valid JSON ({failure.Message.TrimEnd('.')})", null);
        }
    }

    private static SafetensorsHeader Parse(JsonElement root, string path, long dataStart, long fileLength)
    {
        var metadata = new Dictionary<string, string>();
        var entries = new Dictionary<string, Entry>();
        foreach (var property in Expect(root, JsonValueKind.Object, path, null, "the header").EnumerateObject())
        {
            if (property.Name == MetadataName)
            {
                foreach (var item in Expect(property.Value, JsonValueKind.Object, path, null, MetadataName).EnumerateObject())
                {
                    metadata[item.Name] = Expect(item.Value, JsonValueKind.String, path, null, $"{MetadataName}.{Shortened(item.Name)}").GetString()!;
                }
            }
            else
            {
                entries[property.Name] = ParseEntry(property.Value, path, property.Name);
            }
        }

        CheckLayout(entries, path, fileLength - dataStart);
        return new SafetensorsHeader(dataStart, entries, metadata);
    }

    private static Entry ParseEntry(JsonElement element, string path, string name)
    {
        Expect(element, JsonValueKind.Object, path, name, "its entry");
        if (!element.TryGetProperty("dtype", out var dtype) || !element.TryGetProperty("shape", out var shape) || !element.TryGetProperty("data_offsets", out var offsets)
            || element.EnumerateObject().Count() != 3)
        {
            throw Bad(path, name, $"the keys {string.Join(", ", element.EnumerateObject().Take(6).Select(p => Shortened(p.Name)))}", "exactly dtype, shape and data_offsets");
        }

        var typeName = Expect(dtype, JsonValueKind.String, path, name, "dtype").GetString()!;
        if (!Types.TryGetValue(typeName, out var type))
        {
            throw CheckpointException.At(path, Shortened(name), $"the type {Shortened(typeName)}", $"one of {string.Join(", ", Types.Keys)}", "Convert the tensor to one of these types.");
        }

        var sizes = Numbers(shape, path, name, "shape");
        if (sizes.Length > MostDimensions)
        {
            throw Bad(path, name, $"{sizes.Length} dimensions", $"{MostDimensions} at most");
        }

        var range = Numbers(offsets, path, name, "data_offsets");
        if (range.Length != 2 || range[1] < range[0])
        {
            throw Bad(path, name, $"data_offsets [{string.Join(", ", range.Take(6))}]", "[begin, end]");
        }

        var described = $"{typeName}[{string.Join(", ", sizes)}]";
        try
        {
            // The strides of an empty tensor are products of its other sizes, which must fit too.
            var full = sizes.Aggregate((long)type.Size(), (product, size) => checked(product * Math.Max(size, 1)));
            var bytes = sizes.Contains(0) ? 0 : full;
            return bytes == range[1] - range[0]
                ? new Entry(type, sizes, range[0], range[1])
                : throw Bad(path, name, $"data_offsets that span {range[1] - range[0]} bytes", $"the {bytes} that {described} takes");
        }
        catch (OverflowException)
        {
            throw Bad(path, name, $"the shape of {described}", "one that fits into a file");
        }
    }

    // No gaps and no overlaps, so that a file cannot hide anything and no byte is read as two tensors.
    private static void CheckLayout(Dictionary<string, Entry> entries, string path, long dataLength)
    {
        var expected = 0L;
        foreach (var (name, entry) in entries.OrderBy(e => e.Value.Begin).ThenBy(e => e.Value.End))
        {
            if (entry.Begin != expected)
            {
                throw Bad(path, name, $"a beginning at byte {entry.Begin} of the data", $"{expected}, where the tensor before it ends");
            }

            expected = entry.End;
        }

        if (expected != dataLength)
        {
            throw Bad(path, null, $"{dataLength} bytes of data", $"the {expected} that its tensors take");
        }
    }

    private static long[] Numbers(JsonElement element, string path, string name, string key)
    {
        Expect(element, JsonValueKind.Array, path, name, key);
        return [.. element.EnumerateArray().Select(item =>
            item.ValueKind == JsonValueKind.Number && item.TryGetInt64(out var number) && number >= 0
                ? number
                : throw Bad(path, name, $"{Shortened(item.GetRawText())} in {key}", "whole numbers from 0"))];
    }

    private static JsonElement Expect(JsonElement element, JsonValueKind kind, string path, string? tensor, string key) =>
        element.ValueKind == kind ? element : throw Bad(path, tensor, $"JSON of kind {element.ValueKind} as {key}", $"{kind}");

    // What a file says must not make a message of megabytes; real names of tensors are far shorter than this.
    private static string Shortened(string text) => text.Length > LongestQuote ? text[..LongestQuote] + "…" : text;

    private static CheckpointException Bad(string path, string? tensor, string found, string? expected) =>
        CheckpointException.At(path, tensor is null ? null : Shortened(tensor), found, expected, Mend);

    internal sealed record Entry(ScalarType Type, long[] Shape, long Begin, long End);
}
