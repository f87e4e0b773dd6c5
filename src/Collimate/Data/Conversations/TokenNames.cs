using System.Text.Json;
using Collimate.Tokenization;

namespace Collimate.Data.Conversations;

/// <summary>Which tokens have a part to play, as a tokenizer's JSON files name them; and whether a model's files mean the same ids.</summary>
internal sealed record TokenNames(string? Bos, string? Eos, string? Pad, string? Image)
{
    private static readonly string[] ModelFiles = ["generation_config.json", "config.json"];

    internal IEnumerable<(string Key, string? Token)> All => [("bos_token", Bos), ("eos_token", Eos), ("pad_token", Pad), ("image_token", Image)];

    internal static TokenNames Read(string path)
    {
        using var document = TokenizerJsonReader.Open(path);
        try
        {
            var section = new JsonSection(document.RootElement, "");
            return new TokenNames(Name(document, section, "bos_token"), Name(document, section, "eos_token"), Name(document, section, "pad_token"), Name(document, section, "image_token"));
        }
        catch (TokenizerException failure)
        {
            throw new TokenizerException($"{path}: {failure.Message}", failure);
        }
    }

    internal BytePairTokenizer Apply(BytePairTokenizer tokenizer, string path)
    {
        try
        {
            return tokenizer.Named(Pad, Eos, Image, Bos);
        }
        catch (TokenizerException failure)
        {
            throw new TokenizerException($"{path}: {failure.Message}", failure);
        }
    }

    /// <summary>Refuses a folder whose model files mean other ids than its tokenizer files.</summary>
    internal static void CheckModelConfig(string folder, BytePairTokenizer tokenizer)
    {
        foreach (var path in ModelFiles.Select(name => Path.Combine(folder, name)).Where(File.Exists))
        {
            using var document = TokenizerJsonReader.Open(path);
            var root = document.RootElement;
            CheckId(path, root, "eos_token_id", tokenizer.Model.EosToken is null ? null : tokenizer.EosId);
            CheckId(path, root, "pad_token_id", tokenizer.Model.PadToken is null ? null : tokenizer.PadId);
            CheckId(path, root, "bos_token_id", tokenizer.BosId);
            CheckId(path, root, "image_token_id", tokenizer.ImageId);
            CheckId(path, root, "image_token_index", tokenizer.ImageId);
            if (Find(root, "vocab_size") is { ValueKind: JsonValueKind.Number } size && size.TryGetInt64(out var count) && count < tokenizer.VocabularySize)
            {
                throw new TokenizerException($"{path}: vocab_size is {count}, but tokenizer.json has {tokenizer.VocabularySize} ids; the model has no embeddings for the last of them");
            }
        }
    }

    // Files hold one id or a list of ids, any of which stops.
    private static void CheckId(string path, JsonElement root, string key, int? expected)
    {
        if (expected is not { } id || Find(root, key) is not { } value)
        {
            return;
        }

        var given = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToArray() : [value];
        if (!given.Any(element => element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var number) && number == id))
        {
            throw new TokenizerException($"{path}: {key} is {JsonSection.Shown(value)}, but the tokenizer's is {id}; make them agree");
        }
    }

    private static JsonElement? Find(JsonElement root, string key) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    // A name is written as text, or as an added token's object.
    private static string? Name(JsonDocument document, JsonSection section, string key)
    {
        if (!section.Has(key))
        {
            return null;
        }

        return document.RootElement.GetProperty(key).ValueKind == JsonValueKind.Object ? section.Section(key).String("content") : section.String(key);
    }
}
