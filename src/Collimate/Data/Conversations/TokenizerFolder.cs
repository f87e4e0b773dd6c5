using System.Text.Json;
using System.Text.Json.Serialization;
using Collimate.Tokenization;

namespace Collimate.Data.Conversations;

/// <summary>
/// A tokenizer and its chat template on disk, as Hugging Face lays them out: <c>tokenizer.json</c>, <c>tokenizer_config.json</c> and
/// <c>special_tokens_map.json</c>. What the files say about the same thing must agree, also with <c>generation_config.json</c> where there is one.
/// </summary>
public static class TokenizerFolder
{
    private const string TokenizerFile = "tokenizer.json";
    private const string ConfigFile = "tokenizer_config.json";
    private const string MapFile = "special_tokens_map.json";
    private const string TemplateKey = "collimate_template";
    private const string JinjaKey = "chat_template";

    private static readonly JsonSerializerOptions TemplateOptions = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>Writes the three files; each is there whole or not at all.</summary>
    /// <param name="folder">Where; made if it is not there.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="template">The chat template.</param>
    /// <param name="contextLength">The most tokens the decoder takes (<c>model_max_length</c>).</param>
    /// <exception cref="TokenizerException">Tokenizer and template do not belong together.</exception>
    public static void Save(string folder, BytePairTokenizer tokenizer, ChatTemplate template, int contextLength)
    {
        var path = Path.Combine(folder, ConfigFile);
        Check(path, tokenizer, template);
        Directory.CreateDirectory(folder);
        tokenizer.Save(Path.Combine(folder, TokenizerFile));
        TokenizerJsonWriter.WriteWhole(Path.Combine(folder, MapFile), writer =>
        {
            writer.WriteStartObject();
            WriteNames(writer, tokenizer.Model);
            writer.WriteEndObject();
        });
        TokenizerJsonWriter.WriteWhole(path, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
            WriteNames(writer, tokenizer.Model);
            writer.WriteNumber("model_max_length", contextLength);
            writer.WriteBoolean("clean_up_tokenization_spaces", false);
            writer.WritePropertyName(TemplateKey);
            if (ChatTemplate.Find(template.Name) == template)
            {
                writer.WriteStringValue(template.Name);
            }
            else
            {
                JsonSerializer.Serialize(writer, template, TemplateOptions);
            }

            writer.WriteString(JinjaKey, Jinja(tokenizer, template));
            writer.WriteEndObject();
        });
    }

    /// <summary>Reads a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="template">
    /// The chat template, for folders whose Jinja template is none of the built-in ones: Jinja is written here, but not run. Null takes the folder's.
    /// </param>
    /// <exception cref="TokenizerException">A file is absent or malformed, asks for something that is not supported, or contradicts another.</exception>
    public static (BytePairTokenizer Tokenizer, ChatTemplate Template) Load(string folder, ChatTemplate? template = null)
    {
        var path = Path.Combine(folder, ConfigFile);
        var names = TokenNames.Read(path);
        CheckMap(folder, names);
        var tokenizer = LoadNamed(folder, path, names);
        using var config = TokenizerJsonReader.Open(path);
        var found = template ?? ReadTemplate(path, config.RootElement, tokenizer);
        Check(path, tokenizer, found);
        TokenNames.CheckModelConfig(folder, tokenizer);
        return (tokenizer, found);
    }

    /// <summary>Reads a tokenizer without a chat template.</summary>
    /// <param name="path">A <c>tokenizer.json</c>, or a folder with one; the names of its tokens are taken from a <c>tokenizer_config.json</c> beside it.</param>
    /// <exception cref="TokenizerException">A file is absent or malformed, asks for something that is not supported, or contradicts another.</exception>
    public static BytePairTokenizer LoadTokenizer(string path)
    {
        var file = Directory.Exists(path) ? Path.Combine(path, TokenizerFile) : path;
        var config = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, ConfigFile);
        var tokenizer = BytePairTokenizer.Load(file);
        return File.Exists(config) ? TokenNames.Read(config).Apply(tokenizer, config) : tokenizer;
    }

    private static BytePairTokenizer LoadNamed(string folder, string configPath, TokenNames names) =>
        names.Apply(BytePairTokenizer.Load(Path.Combine(folder, TokenizerFile)), configPath);

    private static void WriteNames(Utf8JsonWriter writer, BytePairModel model)
    {
        foreach (var (key, token) in new[] { ("bos_token", model.BosToken), ("eos_token", model.EosToken), ("pad_token", model.PadToken), ("image_token", model.ImageToken) })
        {
            if (token is not null)
            {
                writer.WriteString(key, token);
            }
        }
    }

    private static string Jinja(BytePairTokenizer tokenizer, ChatTemplate template) => template.ToJinja(tokenizer.Model.ImageToken ?? ConversationRenderer.ImageMarker);

    private static ChatTemplate ReadTemplate(string path, JsonElement config, BytePairTokenizer tokenizer)
    {
        var section = new JsonSection(config, "");
        var jinja = section.Has(JinjaKey) ? section.String(JinjaKey) : null;
        if (!section.Has(TemplateKey))
        {
            return ChatTemplate.Known.FirstOrDefault(t => Jinja(tokenizer, t) == jinja) ?? throw new TokenizerException(
                $"{path}: {JinjaKey} is none of the built-in templates; add \"{TemplateKey}\" with one of {KnownNames()} if its text is the same");
        }

        var value = config.GetProperty(TemplateKey);
        var template = value.ValueKind == JsonValueKind.Object ? ReadData(path, value) : ChatTemplate.Find(section.String(TemplateKey)) ?? throw new TokenizerException(
            $"{path}: {TemplateKey} is '{section.String(TemplateKey)}'; the built-in templates are {KnownNames()}");
        return jinja is null || jinja == Jinja(tokenizer, template) ? template : throw new TokenizerException(
            $"{path}: {JinjaKey} is not what the template '{template.Name}' writes, so other programs would render other text; save the folder anew, or remove {JinjaKey}");
    }

    private static ChatTemplate ReadData(string path, JsonElement value)
    {
        try
        {
            return value.Deserialize<ChatTemplate>(TemplateOptions)!;
        }
        catch (JsonException failure)
        {
            throw new TokenizerException($"{path}: {TemplateKey} is not a template: {failure.Message}", failure);
        }
    }

    private static string KnownNames() => string.Join(", ", ChatTemplate.Known.Select(t => t.Name));

    private static void Check(string path, BytePairTokenizer tokenizer, ChatTemplate template)
    {
        foreach (var marker in template.Markers)
        {
            if (!tokenizer.Model.AddedTokens.Any(t => t.Content == marker))
            {
                throw new TokenizerException($"{path}: the chat template '{template.Name}' writes '{marker}', which is no added token of {TokenizerFile}; the two do not belong together");
            }
        }

        if (template.EndMarker is { } end && end != tokenizer.Model.EosToken)
        {
            throw new TokenizerException(
                $"{path}: the chat template '{template.Name}' ends an answer with '{end}', but eos_token is '{tokenizer.Model.EosToken}'; a decoder would never stop. Make eos_token '{end}' or choose the template that belongs to the tokenizer");
        }
    }

    private static void CheckMap(string folder, TokenNames names)
    {
        var path = Path.Combine(folder, MapFile);
        if (!File.Exists(path))
        {
            return;
        }

        foreach (var ((key, there), (_, here)) in TokenNames.Read(path).All.Zip(names.All))
        {
            if (there is not null && there != here)
            {
                throw new TokenizerException($"{path}: {key} is '{there}', but '{here}' in {ConfigFile}; make them agree");
            }
        }
    }
}
