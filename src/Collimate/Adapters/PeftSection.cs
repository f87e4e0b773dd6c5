using System.Text.Json;
using Collimate.Torch.Serialization;

namespace Collimate.Adapters;

/// <summary>The object in an <c>adapter_config.json</c>, read strictly: every complaint names the file, the key and what stands there.</summary>
internal sealed class PeftSection
{
    private const int LongestShown = 80;

    private readonly JsonElement element;
    private readonly string file;

    /// <param name="element">What the file holds.</param>
    /// <param name="file">The file.</param>
    public PeftSection(JsonElement element, string file)
    {
        (this.element, this.file) = (element, file);
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new CheckpointException($"{file}: expected a JSON object, found {element.ValueKind}") { Place = file };
        }
    }

    /// <summary>All keys.</summary>
    public IEnumerable<string> Keys => element.EnumerateObject().Select(entry => entry.Name);

    /// <summary>Whether the key has a value.</summary>
    public bool Has(string key) => Value(key) is { ValueKind: not JsonValueKind.Null };

    /// <summary>Whether the key's value is a text.</summary>
    public bool IsText(string key) => Value(key) is { ValueKind: JsonValueKind.String };

    /// <summary>Whether the key's value is this text.</summary>
    public bool Is(string key, string text) => IsText(key) && Value(key)!.Value.GetString() == text;

    /// <summary>Whether the key asks for anything.</summary>
    public bool IsOn(string key) => Value(key) is { } value && value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => false,
        JsonValueKind.Array => value.GetArrayLength() > 0,
        JsonValueKind.Object => value.EnumerateObject().Any(),
        JsonValueKind.String => value.GetString()!.Length > 0,
        _ => true,
    };

    /// <summary>True or false; false where absent.</summary>
    public bool Flag(string key) => Has(key) && Value(key)!.Value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(key, "true or false"),
    };

    /// <summary>A text, or null where absent.</summary>
    public string? Text(string key) => !Has(key) ? null : IsText(key) ? Value(key)!.Value.GetString() : throw Wrong(key, "a text");

    /// <summary>A whole number, or null where absent.</summary>
    public int? Int(string key) => !Has(key) ? null
        : Value(key) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var number) ? number : throw Wrong(key, "a whole number");

    /// <summary>A number, or null where absent.</summary>
    public double? Number(string key) => !Has(key) ? null
        : Value(key) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out var number) && double.IsFinite(number) ? number : throw Wrong(key, "a number");

    /// <summary>A text or a list of texts, or null where absent.</summary>
    public IReadOnlyList<string>? Texts(string key) => !Has(key) ? null
        : IsText(key) ? [Value(key)!.Value.GetString()!]
        : Items(key, "a list of texts", item => item.ValueKind == JsonValueKind.String ? item.GetString() : null);

    /// <summary>A whole number or a list of them, or null where absent.</summary>
    public IReadOnlyList<int>? Ints(string key)
    {
        if (!Has(key) || Value(key) is { ValueKind: JsonValueKind.Number })
        {
            return Int(key) is { } number ? [number] : null;
        }

        return Items(key, "whole numbers", item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var number) ? (object)number : null) is { } items
            ? [.. items.Cast<int>()] : null;
    }

    /// <summary>Layers: a list of names or one regular expression; null where absent.</summary>
    public ModulePattern? Pattern(string key) => !Has(key) ? null
        : IsText(key) ? ModulePattern.Matching(Text(key)!)
        : Texts(key) is { Count: > 0 } names
            ? Array.Find([.. names], name => name.AsSpan().IndexOfAny('*', '?') >= 0) is { } odd ? throw Wrong(key, $"names without wildcards, unlike '{odd}'") : ModulePattern.Of(names)
            : key == "exclude_modules" ? null : throw Wrong(key, "at least one name");

    /// <summary>Numbers by pattern; empty where absent.</summary>
    public IReadOnlyList<KeyValuePair<string, T>> Map<T>(string key, Func<JsonElement, T?> read)
        where T : struct
    {
        if (!Has(key))
        {
            return [];
        }

        return Value(key) is { ValueKind: JsonValueKind.Object } map
            ? [.. map.EnumerateObject().Select(entry => KeyValuePair.Create(
                entry.Name, entry.Value.ValueKind == JsonValueKind.Number ? read(entry.Value) ?? throw Wrong(key, "numbers by pattern") : throw Wrong(key, "numbers by pattern")))]
            : throw Wrong(key, "numbers by pattern");
    }

    /// <summary>The complaint that a key holds something that cannot be used.</summary>
    public CheckpointException Wrong(string key, string expected)
    {
        var found = Value(key) is { } value ? value.GetRawText() : "absent";
        return new CheckpointException($"{file}: '{key}' is {(found.Length > LongestShown ? found[..LongestShown] + "…" : found)}; expected {expected}") { Place = file };
    }

    private JsonElement? Value(string key) => element.TryGetProperty(key, out var value) ? value : null;

    private List<T> Items<T>(string key, string expected, Func<JsonElement, T?> read)
        where T : class => Value(key) is { ValueKind: JsonValueKind.Array } list
            ? [.. list.EnumerateArray().Select(item => read(item) ?? throw Wrong(key, expected))]
            : throw Wrong(key, expected);
}
