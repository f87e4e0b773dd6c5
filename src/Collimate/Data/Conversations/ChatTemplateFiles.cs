using System.Text.Json;
using System.Text.Json.Serialization;
using Collimate.Tokenization;

namespace Collimate.Data.Conversations;

/// <summary>Finds a folder's chat template: by name or as data under our own key, or in Jinja, in any of the places where Hugging Face's tools put it.</summary>
/// <remarks>The file <c>chat_template.jinja</c> comes before <c>chat_template.json</c>, and that before <c>chat_template</c> of <c>tokenizer_config.json</c>. Of several named ones it is <c>default</c>.</remarks>
internal static class ChatTemplateFiles
{
    internal const string TemplateKey = "collimate_template";
    internal const string JinjaKey = "chat_template";
    internal const string JinjaFile = "chat_template.jinja";
    private const string JsonFile = "chat_template.json";

    internal static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    internal static string KnownNames => string.Join(", ", ChatTemplate.Known.Select(t => t.Name));

    /// <summary>The folder's template.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="names">What the template knows tokens by.</param>
    /// <exception cref="TokenizerException">There is none, or two that are not the same.</exception>
    /// <exception cref="Jinja.JinjaException">It cannot be read.</exception>
    internal static ChatTemplate Read(string folder, ITokenizer tokenizer, TokenNames names)
    {
        var (jinja, origin) = Jinja(folder);
        var path = Path.Combine(folder, TokenNames.ConfigFile);
        if (Own(path) is { } own)
        {
            return jinja is null || jinja == own.ToJinja(ImageToken(tokenizer)) ? own : throw new TokenizerException(
                $"{origin} is not what the template '{own.Name}' writes, so other programs would render other text; save the folder anew, or remove {JinjaKey}");
        }

        if (jinja is null)
        {
            throw new TokenizerException($"{path}: there is no {JinjaKey}, and no {JinjaFile} beside it; name the template that the model was trained with (template: in the recipe; known: {KnownNames})");
        }

        return ChatTemplate.Known.FirstOrDefault(t => t.ToJinja(ImageToken(tokenizer)) == jinja)
            ?? ChatTemplate.FromJinja(jinja, origin, names.All, opensWithBos: names.AddsBos ?? PutsBos(tokenizer));
    }

    internal static string ImageToken(ITokenizer tokenizer) => tokenizer.ImageId is { } id ? tokenizer.IdToToken(id) : ConversationRenderer.ImageMarker;

    private static bool PutsBos(ITokenizer tokenizer)
    {
        var framed = tokenizer.EncodeText("a");
        return tokenizer.BosId is { } bos && framed.Ids.Count > 0 && framed.Ids[0] == bos && framed.PutIn[0];
    }

    private static ChatTemplate? Own(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        using var document = TokenizerJsonReader.Open(path);
        var section = new JsonSection(document.RootElement, "");
        if (!section.Has(TemplateKey))
        {
            return null;
        }

        var value = document.RootElement.GetProperty(TemplateKey);
        if (value.ValueKind != JsonValueKind.Object)
        {
            return JsonSection.Text(value) is { } name && ChatTemplate.Find(name) is { } known ? known : throw new TokenizerException(
                $"{path}: {TemplateKey} is {JsonSection.Shown(value)}; the built-in templates are {KnownNames}");
        }

        try
        {
            return value.Deserialize<ChatTemplate>(Options)!;
        }
        catch (JsonException failure)
        {
            throw new TokenizerException($"{path}: {TemplateKey} is not a template: {failure.Message}", failure);
        }
    }

    private static (string? Source, string Origin) Jinja(string folder)
    {
        var file = Path.Combine(folder, JinjaFile);
        if (File.Exists(file))
        {
            return (File.ReadAllText(file), file);
        }

        foreach (var path in new[] { JsonFile, TokenNames.ConfigFile }.Select(name => Path.Combine(folder, name)).Where(File.Exists))
        {
            using var document = TokenizerJsonReader.Open(path);
            if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(JinjaKey, out var value) && value.ValueKind != JsonValueKind.Null)
            {
                return (Chosen(path, value), $"{path}: {JinjaKey}");
            }
        }

        return (null, "");
    }

    // One template, or several by name.
    private static string Chosen(string path, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            var named = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var item in value.EnumerateArray())
            {
                if (item.ValueKind == JsonValueKind.Object && item.TryGetProperty("name", out var name) && item.TryGetProperty("template", out var template)
                    && JsonSection.Text(name) is { } key && JsonSection.Text(template) is { } text)
                {
                    named[key] = text;
                }
            }

            return named.TryGetValue("default", out var chosen) ? chosen : named.Count == 1 ? named.Values.Single() : throw new TokenizerException(
                $"{path}: {JinjaKey} holds templates named {string.Join(", ", named.Keys)}, and none is called 'default'; name the one to take so");
        }

        return JsonSection.Text(value) ?? throw new TokenizerException($"{path}: {JinjaKey} is {JsonSection.Shown(value)}; expected a template's text, or a list of named templates");
    }
}
