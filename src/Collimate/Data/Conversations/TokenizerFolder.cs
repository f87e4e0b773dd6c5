using System.Text.Json;
using Collimate.Tokenization;

namespace Collimate.Data.Conversations;

/// <summary>
/// A tokenizer and its chat template on disk, as Hugging Face lays them out: <c>tokenizer.json</c>, <c>tokenizer_config.json</c> and
/// <c>special_tokens_map.json</c>. What the files say about the same thing must agree, also with a model's own files where they lie beside.
/// </summary>
public static class TokenizerFolder
{
    private const string TokenizerFile = "tokenizer.json";

    /// <summary>Writes the three files; each is there whole or not at all.</summary>
    /// <param name="folder">Where; made if it is not there.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="template">The chat template.</param>
    /// <param name="contextLength">The most tokens the decoder takes (<c>model_max_length</c>).</param>
    /// <exception cref="TokenizerException">Tokenizer and template do not belong together, or the tokenizer has no such form.</exception>
    public static void Save(string folder, ITokenizer tokenizer, ChatTemplate template, int contextLength)
    {
        var path = Path.Combine(folder, TokenNames.ConfigFile);
        Check(path, tokenizer, template);
        Directory.CreateDirectory(folder);
        tokenizer.Save(Path.Combine(folder, TokenizerFile));
        TokenizerJsonWriter.WriteWhole(Path.Combine(folder, TokenNames.MapFile), writer =>
        {
            writer.WriteStartObject();
            WriteNames(writer, tokenizer, template);
            writer.WriteEndObject();
        });
        TokenizerJsonWriter.WriteWhole(path, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
            WriteNames(writer, tokenizer, template);
            writer.WriteNumber("model_max_length", contextLength);
            writer.WriteBoolean("clean_up_tokenization_spaces", false);
            WriteTemplate(writer, tokenizer, template);
            writer.WriteEndObject();
        });
    }

    /// <summary>Reads a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="template">The chat template to take in place of the folder's; null takes the folder's, in Jinja or by name.</param>
    /// <exception cref="TokenizerException">A file is absent or malformed, asks for something that is not supported, or contradicts another.</exception>
    /// <exception cref="Jinja.JinjaException">The folder's chat template cannot be read.</exception>
    public static (ITokenizer Tokenizer, ChatTemplate Template) Load(string folder, ChatTemplate? template = null)
    {
        var (tokenizer, names) = LoadNamed(folder, Path.Combine(folder, TokenizerFile), agree: true);
        var found = template ?? ChatTemplateFiles.Read(folder, tokenizer, names);
        Check(Path.Combine(folder, TokenNames.ConfigFile), tokenizer, found);
        return (tokenizer, found);
    }

    /// <summary>Reads a tokenizer without a chat template.</summary>
    /// <param name="path">A <c>tokenizer.json</c>, or a folder with one; the names of its tokens are taken from the files beside it.</param>
    /// <exception cref="TokenizerException">A file is absent or malformed, asks for something that is not supported, or contradicts another.</exception>
    public static ITokenizer LoadTokenizer(string path)
    {
        var file = Directory.Exists(path) ? Path.Combine(path, TokenizerFile) : path;
        return LoadNamed(Path.GetDirectoryName(Path.GetFullPath(file))!, file, agree: false).Tokenizer;
    }

    private static (ITokenizer Tokenizer, TokenNames Names) LoadNamed(string folder, string file, bool agree)
    {
        var bare = Tokenizer.Load(file);
        var names = TokenNames.Read(folder);
        if (!agree)
        {
            return (names.Apply(bare), names);
        }

        CheckAddedTokens(folder, bare);
        var ids = ModelTokenIds.Read(folder);
        ids.Name(names, bare);
        var tokenizer = names.Apply(bare);
        ids.Check(names, tokenizer);
        return (tokenizer, names);
    }

    private static void WriteNames(Utf8JsonWriter writer, ITokenizer tokenizer, ChatTemplate template)
    {
        var ids = new[] { ("bos_token", tokenizer.BosId), ("eos_token", tokenizer.EosOrNone()), ("pad_token", tokenizer.PadOrNone()), ("image_token", tokenizer.ImageId) };
        foreach (var (key, id) in ids)
        {
            if (id is { } known)
            {
                writer.WriteString(key, tokenizer.IdToToken(known));
            }
        }

        foreach (var (key, token) in template.Chat?.SpecialTokens ?? new Dictionary<string, string>())
        {
            if (!ids.Any(i => i.Item1 == key))
            {
                writer.WriteString(key, token);
            }
        }
    }

    private static void WriteTemplate(Utf8JsonWriter writer, ITokenizer tokenizer, ChatTemplate template)
    {
        if (ChatTemplate.Find(template.Name) == template)
        {
            writer.WriteString(ChatTemplateFiles.TemplateKey, template.Name);
        }
        else if (template.Jinja is null)
        {
            writer.WritePropertyName(ChatTemplateFiles.TemplateKey);
            JsonSerializer.Serialize(writer, template, ChatTemplateFiles.Options);
        }
        else
        {
            writer.WriteBoolean("add_bos_token", template.OpensWithBos);
        }

        writer.WriteString(ChatTemplateFiles.JinjaKey, template.ToJinja(ChatTemplateFiles.ImageToken(tokenizer)));
    }

    private static void Check(string path, ITokenizer tokenizer, ChatTemplate template)
    {
        foreach (var marker in template.Markers)
        {
            if (!tokenizer.AddedTokens.Any(t => t.Content == marker))
            {
                throw new TokenizerException($"{path}: the chat template '{template.Name}' writes '{marker}', which is no added token of {TokenizerFile}; the two do not belong together");
            }
        }

        var eos = tokenizer.SpellingOf(tokenizer.EosOrNone());
        if (template.EndMarker is { } end && end != eos)
        {
            throw new TokenizerException(
                $"{path}: the chat template '{template.Name}' ends an answer with '{end}', but eos_token is '{eos}'; a decoder would never stop. Make eos_token '{end}' or choose the template that belongs to the tokenizer");
        }
    }

    // Other files that list added tokens must mean the same ids.
    private static void CheckAddedTokens(string folder, ITokenizer tokenizer)
    {
        var path = Path.Combine(folder, "added_tokens.json");
        if (File.Exists(path))
        {
            using var document = TokenizerJsonReader.Open(path);
            foreach (var token in document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.EnumerateObject().ToArray() : [])
            {
                CheckAdded(path, token.Name, token.Value, tokenizer);
            }
        }

        path = Path.Combine(folder, TokenNames.ConfigFile);
        if (File.Exists(path))
        {
            using var document = TokenizerJsonReader.Open(path);
            if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("added_tokens_decoder", out var decoder) && decoder.ValueKind == JsonValueKind.Object)
            {
                foreach (var token in decoder.EnumerateObject())
                {
                    var content = token.Value.ValueKind == JsonValueKind.Object && token.Value.TryGetProperty("content", out var text) ? JsonSection.Text(text) : null;
                    using var id = JsonDocument.Parse(int.TryParse(token.Name, out var number) ? $"{number}" : "null");
                    CheckAdded(path, content ?? "", id.RootElement, tokenizer);
                }
            }
        }
    }

    private static void CheckAdded(string path, string content, JsonElement id, ITokenizer tokenizer)
    {
        var expected = tokenizer.TokenToId(content);
        if (id.ValueKind != JsonValueKind.Number || !id.TryGetInt32(out var given) || given != expected)
        {
            throw new TokenizerException(
                $"{path}: the added token '{content}' has id {JsonSection.Shown(id)}, but {(expected is null ? "no id" : $"id {expected}")} in {TokenizerFile}; make them agree");
        }
    }
}
