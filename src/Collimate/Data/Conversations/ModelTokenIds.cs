using System.Text.Json;
using Collimate.Tokenization;

namespace Collimate.Data.Conversations;

/// <summary>The ids that a model's own files give for the tokens that have a part to play, and whether they are those of its tokenizer.</summary>
/// <remarks>
/// What the tokenizer's files name comes first; an id of <c>generation_config.json</c>, then of <c>config.json</c>, names what they do not. Several ids may end
/// an answer: the tokenizer's must be among those of <c>generation_config.json</c>, and what <c>config.json</c> gives must be the tokenizer's or one of them.
/// </remarks>
internal sealed class ModelTokenIds
{
    private static readonly (string Key, string Token)[] Keys =
        [("eos_token_id", "eos_token"), ("pad_token_id", "pad_token"), ("bos_token_id", "bos_token"), ("image_token_id", "image_token"), ("image_token_index", "image_token")];

    private static readonly string[] Files = ["generation_config.json", "config.json"];

    private readonly List<(string Path, string Key, string Token, int[] Ids, string Shown)> given = [];
    private readonly List<(string Path, long Count)> sizes = [];

    internal static ModelTokenIds Read(string folder)
    {
        var read = new ModelTokenIds();
        foreach (var path in Files.Select(name => Path.Combine(folder, name)).Where(File.Exists))
        {
            using var document = TokenizerJsonReader.Open(path);
            read.Read(path, document.RootElement);
        }

        return read;
    }

    /// <summary>Names what the tokenizer's files do not.</summary>
    internal void Name(TokenNames names, ITokenizer tokenizer)
    {
        foreach (var (path, _, token, ids, _) in given.Where(g => g.Token != "bos_token" && g.Ids.Length > 0))
        {
            names.NameById(token, ids[0], path, tokenizer);
        }
    }

    /// <summary>Refuses a folder whose model files mean other ids than its tokenizer files.</summary>
    internal void Check(TokenNames names, ITokenizer tokenizer)
    {
        var ends = given.Where(g => g.Key == "eos_token_id" && Path.GetFileName(g.Path) == "generation_config.json").SelectMany(g => g.Ids).ToHashSet();
        foreach (var (path, key, token, ids, shown) in given)
        {
            if (names[token] is not { } name || tokenizer.TokenToId(name) is not { } id || ids.Contains(id))
            {
                continue;
            }

            var listed = key == "eos_token_id" && ids.Length > 0 && ids.All(ends.Contains) && ends.Contains(id);
            if (!listed)
            {
                throw new TokenizerException($"{path}: {key} is {shown}, but the tokenizer's is {id} ({token} '{name}' in {names.FileOf(token)}); make them agree");
            }
        }

        foreach (var (path, count) in sizes.Where(s => s.Count < tokenizer.VocabularySize))
        {
            throw new TokenizerException($"{path}: vocab_size is {count}, but tokenizer.json has {tokenizer.VocabularySize} ids; the model has no embeddings for the last of them");
        }
    }

    private void Read(string path, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new TokenizerException($"{path}: the file is {JsonSection.Shown(root)}; expected an object");
        }

        var text = root.TryGetProperty("text_config", out var inner) && inner.ValueKind == JsonValueKind.Object ? inner : root;
        foreach (var (key, token) in Keys)
        {
            if (root.TryGetProperty(key, out var value) && value.ValueKind is JsonValueKind.Number or JsonValueKind.Array)
            {
                var elements = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToArray() : [value];
                var ids = elements.Where(e => e.ValueKind == JsonValueKind.Number && e.TryGetInt32(out _)).Select(e => e.GetInt32()).ToArray();
                given.Add((path, key, token, ids, JsonSection.Shown(value)));
            }
        }

        if ((text.TryGetProperty("vocab_size", out var size) || root.TryGetProperty("vocab_size", out size)) && size.ValueKind == JsonValueKind.Number && size.TryGetInt64(out var count))
        {
            sizes.Add((path, count));
        }
    }
}
