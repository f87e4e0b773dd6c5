using System.Text.Json;
using Collimate.Tokenization;

namespace Collimate.Data.Conversations;

/// <summary>Which tokens have a part to play, as the JSON files beside a tokenizer name them, and where each name was read.</summary>
internal sealed class TokenNames
{
    internal const string ConfigFile = "tokenizer_config.json";
    internal const string MapFile = "special_tokens_map.json";
    private const string ProcessorFile = "processor_config.json";

    private readonly Dictionary<string, (string Token, string File)> named = new(StringComparer.Ordinal);

    /// <summary>What a chat template knows tokens by: <c>bos_token</c>, <c>eos_token</c> and so on.</summary>
    internal IReadOnlyDictionary<string, string> All => named.ToDictionary(n => n.Key, n => n.Value.Token);

    /// <summary>Whether <c>tokenizer_config.json</c> says that an opening token is put before texts; null where it is silent.</summary>
    internal bool? AddsBos { get; private set; }

    internal string? this[string key] => named.TryGetValue(key, out var found) ? found.Token : null;

    /// <summary>Reads what a folder's files name; they must not contradict each other.</summary>
    internal static TokenNames Read(string folder)
    {
        var names = new TokenNames();
        names.ReadFile(folder, ConfigFile);
        names.ReadFile(folder, MapFile);
        names.ReadFile(folder, ProcessorFile, "image_token");
        return names;
    }

    /// <summary>Names a token that no file names by its text, after the id that a model's file gives.</summary>
    internal void NameById(string key, int id, string file, ITokenizer tokenizer)
    {
        if (!named.ContainsKey(key) && id < tokenizer.VocabularySize && TryToken(tokenizer, id) is { } token)
        {
            named[key] = (token, file);
        }
    }

    /// <summary>The tokenizer with its tokens named.</summary>
    internal ITokenizer Apply(ITokenizer tokenizer)
    {
        foreach (var key in new[] { "pad_token", "eos_token", "image_token", "bos_token" })
        {
            if (named.TryGetValue(key, out var found) && tokenizer.TokenToId(found.Token) is null)
            {
                throw new TokenizerException($"{found.File}: the {key} '{found.Token}' is not in the vocabulary; add it to added_tokens of tokenizer.json or name another");
            }
        }

        return tokenizer.Named(this["pad_token"], this["eos_token"], this["image_token"], this["bos_token"]);
    }

    /// <summary>Where a token's name was read, for messages.</summary>
    internal string FileOf(string key) => named.TryGetValue(key, out var found) ? found.File : "tokenizer.json";

    private static string? TryToken(ITokenizer tokenizer, int id)
    {
        try
        {
            return id >= 0 ? tokenizer.IdToToken(id) : null;
        }
        catch (ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    private void ReadFile(string folder, string name, params string[] only)
    {
        var path = Path.Combine(folder, name);
        if (!File.Exists(path))
        {
            return;
        }

        using var document = TokenizerJsonReader.Open(path);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw new TokenizerException($"{path}: the file is {JsonSection.Shown(document.RootElement)}; expected an object");
        }

        foreach (var property in document.RootElement.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.Null || (only.Length > 0 && !only.Contains(property.Name)))
            {
                continue;
            }

            if (property.Name.EndsWith("_token", StringComparison.Ordinal) && property.Value.ValueKind is JsonValueKind.String or JsonValueKind.Object)
            {
                Name(path, property.Name, property.Value);
            }
            else if (property.Name == "add_bos_token")
            {
                AddsBos = property.Value.ValueKind is JsonValueKind.True or JsonValueKind.False ? property.Value.GetBoolean()
                    : throw new TokenizerException($"{path}: add_bos_token is {JsonSection.Shown(property.Value)}; expected true or false");
            }
        }
    }

    // A name is written as text, or as an added token's object.
    private void Name(string path, string key, JsonElement value)
    {
        var content = value.ValueKind == JsonValueKind.Object && value.TryGetProperty("content", out var inner) ? inner : value;
        var token = JsonSection.Text(content) ?? throw new TokenizerException($"{path}: {key} is {JsonSection.Shown(value)}; expected a token's text, or an object with its 'content'");
        if (named.TryGetValue(key, out var before) && before.Token != token)
        {
            throw new TokenizerException($"{path}: {key} is '{token}', but '{before.Token}' in {Path.GetFileName(before.File)}; make them agree");
        }

        named.TryAdd(key, (token, path));
    }
}
