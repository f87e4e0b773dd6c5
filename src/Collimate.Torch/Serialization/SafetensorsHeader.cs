using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Collimate.Torch.Serialization;

/// <summary>The header of a safetensors file, read with every check that the format asks for before a byte of data is touched.</summary>
/// <remarks>Source: the format's description at github.com/huggingface/safetensors.</remarks>
internal sealed class SafetensorsHeader
{
    private const long LargestHeader = 100_000_000;
    private const int LengthBytes = 8;
    private const int MostDimensions = 64;
    private const int LongestQuote = 80;

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

    internal static string NameOf(ScalarType type) =>
        Types.FirstOrDefault(t => t.Value == type).Key ?? throw new ArgumentException($"safetensors files cannot hold tensors of {type}", nameof(type));

    /// <summary>Reads and checks the header of an open file.</summary>
    /// <param name="stream">The file, from its beginning.</param>
    /// <param name="path">Its name, for messages.</param>
    /// <exception cref="CheckpointException">The header breaks a rule of the format, or does not fit the file's length.</exception>
    internal static SafetensorsHeader Read(Stream stream, string path)
    {
        if (stream.Length < LengthBytes)
        {
            throw Bad(path, $"it has {stream.Length} bytes, not even the {LengthBytes} that say how long its header is");
        }

        Span<byte> lengthBytes = stackalloc byte[LengthBytes];
        stream.ReadExactly(lengthBytes);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        if (length > (ulong)LargestHeader)
        {
            throw Bad(path, $"its header is said to take {length} bytes, at most {LargestHeader} are allowed: perhaps this is a file of another kind");
        }

        if (length == 0 || (long)length > stream.Length - LengthBytes)
        {
            throw Bad(path, $"its header is said to take {length} bytes of a file of {stream.Length}: it was not downloaded or copied completely");
        }

        var header = new byte[length];
        stream.ReadExactly(header);
        if (header[0] != (byte)'{')
        {
            throw Bad(path, "the header does not begin with '{'");
        }

        try
        {
            // Strict UTF-8: two names must not become one by replacement characters.
            _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(header);
            using var document = JsonDocument.Parse(header, new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            return Parse(document.RootElement, path, LengthBytes + (long)length, stream.Length);
        }
        catch (Exception failure) when (failure is JsonException or DecoderFallbackException)
        {
            throw Bad(path, $"the header is not valid JSON ({Short(failure.Message)})", failure);
        }
        catch (InvalidOperationException failure)
        {
            // Valid JSON may still hold half of a surrogate pair, which no string can.
            throw Bad(path, $"the header holds a text that is not valid Unicode ({Short(failure.Message)})", failure);
        }
    }

    private static SafetensorsHeader Parse(JsonElement root, string path, long dataStart, long fileLength)
    {
        var metadata = new Dictionary<string, string>();
        var entries = new Dictionary<string, Entry>();
        foreach (var property in root.EnumerateObject())
        {
            if (property.Name == "__metadata__")
            {
                foreach (var item in Expect(property.Value, JsonValueKind.Object, path, property.Name).EnumerateObject())
                {
                    metadata[item.Name] = Expect(item.Value, JsonValueKind.String, path, "__metadata__." + item.Name).GetString()!;
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
        Expect(element, JsonValueKind.Object, path, name);
        if (!element.TryGetProperty("dtype", out var dtype) || !element.TryGetProperty("shape", out var shape) || !element.TryGetProperty("data_offsets", out var offsets)
            || element.EnumerateObject().Count() != 3)
        {
            throw Bad(path, $"tensor '{Short(name)}' must have exactly dtype, shape and data_offsets");
        }

        name = Short(name);
        var typeName = Expect(dtype, JsonValueKind.String, path, name).GetString()!;
        if (!Types.TryGetValue(typeName, out var type))
        {
            throw Bad(path, $"tensor '{name}' has the type {Short(typeName)}, which is not supported (known: {string.Join(", ", Types.Keys)})");
        }

        var sizes = Numbers(shape, path, name);
        var range = Numbers(offsets, path, name);
        if (range.Length != 2 || range[1] < range[0])
        {
            throw Bad(path, $"tensor '{name}' has data_offsets that are not [begin, end]");
        }

        if (sizes.Length > MostDimensions)
        {
            throw Bad(path, $"tensor '{name}' has {sizes.Length} dimensions, at most {MostDimensions} are supported");
        }

        var bytes = ByteCount(type, sizes, path, name);
        if (bytes != range[1] - range[0])
        {
            throw Bad(path, $"tensor '{name}' of {typeName}[{string.Join(", ", sizes)}] needs {bytes} bytes, its data_offsets span {range[1] - range[0]}");
        }

        return new Entry(type, sizes, range[0], range[1]);
    }

    // Strides are products of all sizes but zeros, so they must fit too.
    private static long ByteCount(ScalarType type, long[] sizes, string path, string name)
    {
        try
        {
            var bytes = sizes.Aggregate((long)type.Size(), (product, size) => checked(product * Math.Max(size, 1)));
            return sizes.Contains(0) ? 0 : bytes;
        }
        catch (OverflowException failure)
        {
            throw Bad(path, $"tensor '{name}' of shape [{string.Join(", ", sizes)}] is larger than any file", failure);
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
                throw Bad(path, $"tensor '{Short(name)}' begins at byte {entry.Begin} of the data, expected {expected}");
            }

            expected = entry.End;
        }

        if (expected != dataLength)
        {
            throw Bad(path, $"the tensors need {expected} bytes of data, the file holds {dataLength}: it was not downloaded or copied completely, or something was appended");
        }
    }

    private static long[] Numbers(JsonElement element, string path, string name)
    {
        Expect(element, JsonValueKind.Array, path, name);
        return [.. element.EnumerateArray().Select(item =>
            item.ValueKind == JsonValueKind.Number && item.TryGetInt64(out var number) && number >= 0
                ? number
                : throw Bad(path, $"tensor '{Short(name)}' has {Short(item.ToString())} where a whole number from 0 is expected"))];
    }

    private static JsonElement Expect(JsonElement element, JsonValueKind kind, string path, string name) =>
        element.ValueKind == kind ? element : throw Bad(path, $"'{Short(name)}' holds {element.ValueKind} where {kind} is expected");

    private static CheckpointException Bad(string path, string what, Exception? inner = null) =>
        new($"{path} is not a sound safetensors file: {what}. Fetch or write it again.", inner);

    // A hostile file must not make a hostile message.
    private static string Short(string text) => text.Length <= LongestQuote ? text : $"{text[..LongestQuote]}…";

    internal sealed record Entry(ScalarType Type, long[] Shape, long Begin, long End);
}
