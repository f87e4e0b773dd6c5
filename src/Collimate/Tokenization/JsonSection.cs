using System.Text.Json;

namespace Collimate.Tokenization;

/// <summary>An object of a JSON file together with the key that leads to it, so that every complaint names the key.</summary>
internal readonly struct JsonSection
{
    private const int LongestShown = 60;
    private readonly JsonElement element;
    private readonly string key;

    internal JsonSection(JsonElement element, string key)
    {
        (this.element, this.key) = (element, key);
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new TokenizerException($"{(key.Length > 0 ? key : "the file")} is {Shown(element)}; expected an object");
        }
    }

    /// <summary>A value as messages show it.</summary>
    internal static string Shown(JsonElement value)
    {
        var text = value.GetRawText();
        return text.Length <= LongestShown ? text : text[..LongestShown] + "…";
    }

    /// <summary>A string's characters; null where it is none or holds half a surrogate pair.</summary>
    internal static string? Text(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The key that leads here.</summary>
    internal string Key => key;

    /// <summary>Whether a key is there and not null.</summary>
    internal bool Has(string name) => Find(name) is not null;

    internal JsonSection Section(string name) => new(Find(name) ?? throw Missing(name), Path(name));

    internal string String(string name)
    {
        var value = Find(name) ?? throw Missing(name);
        return Text(value) ?? throw Wrong(name, value, "text");
    }

    internal int Number(string name)
    {
        var value = Find(name) ?? throw Missing(name);
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= 0 ? number : throw Wrong(name, value, "a whole number from 0");
    }

    internal bool Flag(string name, bool otherwise = false) => Find(name) switch
    {
        null => otherwise,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } value => throw Wrong(name, value, "true or false"),
    };

    /// <summary>Text that may be absent.</summary>
    internal string? StringOrNone(string name) => Has(name) ? String(name) : null;

    /// <summary>One character, which may be two code units.</summary>
    internal string Character(string name)
    {
        var text = String(name);
        return System.Text.Rune.DecodeFromUtf16(text, out _, out var length) == System.Buffers.OperationStatus.Done && length == text.Length
            ? text
            : throw Wrong(name, Find(name)!.Value, "one character");
    }

    /// <summary>The objects of a list.</summary>
    internal IEnumerable<JsonSection> Sections(string name)
    {
        var path = Path(name);
        return Items(name).Select((item, k) => new JsonSection(item, $"{path}[{k}]"));
    }

    /// <summary>Complains of the value of a key.</summary>
    internal TokenizerException Complaint(string name, string expected) => Find(name) is { } value ? Wrong(name, value, expected) : Missing(name);

    /// <summary>A value as it stands; null where the key is absent or null.</summary>
    internal JsonElement? Value(string name) => Find(name);

    internal IEnumerable<JsonElement> Items(string name, bool orNone = false)
    {
        var value = Find(name);
        if (value is null && orNone)
        {
            return [];
        }

        var found = value ?? throw Missing(name);
        return found.ValueKind == JsonValueKind.Array ? found.EnumerateArray() : throw Wrong(name, found, "a list");
    }

    internal IEnumerable<(string Name, JsonElement Value)> Entries(string name)
    {
        var path = Path(name);
        var found = Find(name) ?? throw Missing(name);
        return found.ValueKind == JsonValueKind.Object ? found.EnumerateObject().Select(p => (NameOf(p, path), p.Value)) : throw Wrong(name, found, "an object");
    }

    /// <summary>Refuses any other value of a key.</summary>
    internal void Expect(string name, string expected, string why, bool orAbsent = false)
    {
        if (orAbsent && !Has(name))
        {
            return;
        }

        var found = String(name);
        if (found != expected)
        {
            throw new TokenizerException($"{Path(name)} is '{found}', expected '{expected}': {why}");
        }
    }

    /// <summary>Refuses a key that is there and neither null nor harmless.</summary>
    internal void Refuse(string name, string why, Func<JsonElement, bool>? allowed = null, string? whenAbsent = null)
    {
        var value = Find(name);
        if (value is null && whenAbsent is not null)
        {
            throw new TokenizerException($"{Path(name)} is absent, which means {whenAbsent}: {why}");
        }

        if (value is { } found && allowed?.Invoke(found) != true)
        {
            throw new TokenizerException($"{Path(name)} is {Shown(found)}, which is not supported: {why}");
        }
    }

    private static string NameOf(JsonProperty property, string path)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException failure)
        {
            throw new TokenizerException($"{path} has a key with half a surrogate pair", failure);
        }
    }

    private JsonElement? Find(string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private string Path(string name) => key.Length == 0 ? name : $"{key}.{name}";

    private TokenizerException Missing(string name) => new($"{Path(name)} is missing");

    private TokenizerException Wrong(string name, JsonElement value, string expected) => new($"{Path(name)} is {Shown(value)}; expected {expected}");
}
