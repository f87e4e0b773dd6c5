using System.Text.Json;
using System.Text.Json.Nodes;
using Collimate.Torch.Serialization;

namespace Collimate.Models;

/// <summary>
/// One object of a Hugging Face <c>config.json</c>, read strictly: every entry that is there must have the right type and a
/// sensible value, and every complaint names the file and the entry. Entries that are absent take the library's defaults.
/// </summary>
internal sealed class ConfigSection
{
    /// <summary>More than any model has layers.</summary>
    public const int MostLayers = 10_000;

    // Above every size that a real configuration names; products of two of them still fit into 64 bits.
    private const int LargestCount = 1 << 24;
    private const long LargestFile = 64 << 20;
    private const int LongestQuote = 200;

    private readonly string path;
    private readonly JsonElement element;

    private ConfigSection(string file, string path, JsonElement element)
    {
        File = file;
        this.path = path;
        this.element = element;
    }

    /// <summary>The file the section stands in, for messages.</summary>
    public string File { get; }

    /// <summary>Reads a configuration file.</summary>
    /// <exception cref="CheckpointException">The file is absent, no JSON, or no JSON object.</exception>
    public static ConfigSection Load(string file)
    {
        try
        {
            var length = new FileInfo(file).Length;
            if (length > LargestFile)
            {
                throw new CheckpointException($"{file}: {length} bytes; a configuration has {LargestFile} at most");
            }

            using var document = JsonDocument.Parse(System.IO.File.ReadAllBytes(file), new JsonDocumentOptions { AllowDuplicateProperties = false });
            return FromJson(document.RootElement.Clone(), file);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a name with half of a surrogate pair.
            throw new CheckpointException($"{file}: not valid JSON: {error.Message}", error);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CheckpointException($"{file}: absent; a checkpoint folder holds config.json beside model.safetensors", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{file}: cannot be read ({error.Message.TrimEnd('.')})", error);
        }
    }

    /// <summary>Wraps a JSON object that was read elsewhere.</summary>
    /// <exception cref="CheckpointException">It is not an object.</exception>
    public static ConfigSection FromJson(JsonElement element, string file)
    {
        try
        {
            CheckTexts(element);
        }
        catch (InvalidOperationException error)
        {
            throw new CheckpointException($"{file}: not valid JSON: a text in it is no Unicode", error); // half of a surrogate pair
        }

        return element.ValueKind == JsonValueKind.Object
            ? new ConfigSection(file, "", element)
            : throw new CheckpointException($"{file}: expected a JSON object, found {element.ValueKind}");
    }

    /// <summary>Writes a configuration, whole or not at all.</summary>
    public static void Save(JsonObject config, string file) => WholeFile.Write(file, stream =>
    {
        using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        config.WriteTo(writer);
        writer.Flush();
        stream.WriteByte((byte)'\n');
    });

    /// <summary>True when the entry is there and not null.</summary>
    public bool Has(string key) => element.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>A nested object, or null where it is absent.</summary>
    public ConfigSection? Section(string key) => !Has(key)
        ? null
        : element.GetProperty(key) is { ValueKind: JsonValueKind.Object } inner
            ? new ConfigSection(File, Name(key) + ".", inner)
            : throw Wrong(key, "an object");

    /// <summary>A whole number that must be at least 1.</summary>
    /// <param name="key">The entry.</param>
    /// <param name="fallback">Its value where it is absent.</param>
    /// <param name="most">The largest value that makes sense.</param>
    public int Count(string key, int? fallback = null, int most = LargestCount)
    {
        var value = OptionalInt(key) ?? fallback ?? throw Missing(key);
        return value >= 1 && value <= most ? value : throw Wrong(key, $"a whole number of at least 1 and at most {most}");
    }

    /// <summary>A whole number, or null where the entry is absent.</summary>
    public int? OptionalInt(string key) => !Has(key)
        ? null
        : element.GetProperty(key) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var value)
            ? value
            : throw Wrong(key, "a whole number");

    /// <summary>One whole number or a list of them, as <c>eos_token_id</c> may be; empty where absent.</summary>
    public IReadOnlyList<int> Ints(string key) => !Has(key)
        ? []
        : element.GetProperty(key) is { ValueKind: JsonValueKind.Array } list
            ? [.. list.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var id) ? id : throw Wrong(key, "whole numbers"))]
            : [OptionalInt(key)!.Value];

    /// <summary>How many entries a nested object has, such as <c>id2label</c>; null where it is absent.</summary>
    public int? EntryCount(string key) => Section(key)?.element.EnumerateObject().Count();

    /// <summary>A number above zero.</summary>
    public double Positive(string key, double fallback)
    {
        if (!Has(key))
        {
            return fallback;
        }

        return element.GetProperty(key) is { ValueKind: JsonValueKind.Number } number && number.GetDouble() is > 0 and < double.PositiveInfinity and var value
            ? value
            : throw Wrong(key, "a number above 0");
    }

    /// <summary>True or false.</summary>
    public bool Flag(string key, bool fallback) => !Has(key)
        ? fallback
        : element.GetProperty(key).ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Wrong(key, "true or false"),
        };

    /// <summary>A text, or null where the entry is absent.</summary>
    public string? Text(string key) => !Has(key)
        ? null
        : element.GetProperty(key) is { ValueKind: JsonValueKind.String } text ? text.GetString() : throw Wrong(key, "a text");

    /// <summary>A <c>hidden_act</c> entry.</summary>
    public Activation Activation(string key, Activation fallback) => Text(key) is not { } name
        ? fallback
        : Activations.ByName.TryGetValue(name, out var activation) ? activation : throw Wrong(key, $"one of {string.Join(", ", Activations.ByName.Keys)}");

    /// <summary>The complaint that an entry holds something this library cannot use.</summary>
    public CheckpointException Wrong(string key, string expected) =>
        new($"{File}: '{Name(key)}' is {(Has(key) ? Shortened(element.GetProperty(key).GetRawText()) : "absent")}; expected {expected}");

    private CheckpointException Missing(string key) => new($"{File}: '{Name(key)}' is missing");

    private string Name(string key) => path + key;

    // What a file says must not make a message of megabytes.
    private static string Shortened(string text) => text.Length > LongestQuote ? text[..LongestQuote] + "…" : text;

    private static void CheckTexts(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                _ = element.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    CheckTexts(item);
                }

                break;
            case JsonValueKind.Object:
                foreach (var entry in element.EnumerateObject())
                {
                    _ = entry.Name;
                    CheckTexts(entry.Value);
                }

                break;
        }
    }
}
