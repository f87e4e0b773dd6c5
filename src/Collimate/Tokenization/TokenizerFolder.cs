using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Collimate.Data.Conversations;

namespace Collimate.Tokenization;

/// <summary>A tokenizer and its chat template on disk, as Hugging Face lays them out: <c>tokenizer.json</c> and <c>tokenizer_config.json</c>.</summary>
public static class TokenizerFolder
{
    private const string TokenizerFile = "tokenizer.json";
    private const string ConfigFile = "tokenizer_config.json";
    private const string ImageKey = "image_token";
    private const string TemplateNameKey = "collimate_template";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes both files.</summary>
    public static void Save(string folder, BytePairTokenizer tokenizer, ChatTemplate template, int contextLength)
    {
        Directory.CreateDirectory(folder);
        var model = tokenizer.Model;
        var tokenizerJson = new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray([.. model.AddedTokens.Select(t => (JsonNode)new JsonObject
            {
                ["id"] = t.Id, ["content"] = t.Content, ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false, ["normalized"] = false, ["special"] = t.IsSpecial,
            })]),
            ["normalizer"] = model.NormalizeNfc ? new JsonObject { ["type"] = "NFC" } : null,
            ["pre_tokenizer"] = new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(
                    new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = model.Pattern }, ["behavior"] = "Isolated", ["invert"] = false },
                    new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = false, ["use_regex"] = false }),
            },
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = false, ["use_regex"] = false },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["ignore_merges"] = model.IgnoreMerges,
                ["vocab"] = new JsonObject(model.Vocabulary.OrderBy(t => t.Value).Select(t => KeyValuePair.Create(t.Key, (JsonNode?)t.Value))),
                ["merges"] = new JsonArray([.. model.Merges.Select(m => (JsonNode)$"{m.Left} {m.Right}")]),
            },
        };
        var config = new JsonObject
        {
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
            ["eos_token"] = model.EosToken,
            ["pad_token"] = model.PadToken,
            [ImageKey] = model.ImageToken,
            ["model_max_length"] = contextLength,
            [TemplateNameKey] = template.Name,
            ["chat_template"] = template.ToJinja(),
        };
        WriteWhole(Path.Combine(folder, TokenizerFile), tokenizerJson.ToJsonString(Indented));
        WriteWhole(Path.Combine(folder, ConfigFile), config.ToJsonString(Indented));
    }

    /// <summary>Reads both files.</summary>
    /// <exception cref="TokenizerException">A file is absent or malformed, asks for something that is not supported, or the two contradict each other.</exception>
    public static (BytePairTokenizer Tokenizer, ChatTemplate Template) Load(string folder)
    {
        var (path, config) = Read(folder, ConfigFile);
        string Required(string key) => config[key]?.GetValue<string>() ?? throw new TokenizerException($"{path}: the key '{key}' is missing");
        var tokenizer = new BytePairTokenizer(LoadModel(folder) with { PadToken = Required("pad_token"), EosToken = Required("eos_token"), ImageToken = config[ImageKey]?.GetValue<string>() });
        var template = ChatTemplate.Find(Required(TemplateNameKey)) ?? throw new TokenizerException($"{path}: the chat template '{Required(TemplateNameKey)}' is not known; known: {string.Join(", ", ChatTemplate.Known.Select(t => t.Name))}");
        foreach (var marker in template.Markers.Where(m => tokenizer.TokenToId(m) is null))
        {
            throw new TokenizerException($"{path}: the chat template writes '{marker}', which is no token of {TokenizerFile}; the two files do not belong together");
        }

        return (tokenizer, template);
    }

    private static BytePairModel LoadModel(string folder)
    {
        var (path, json) = Read(folder, TokenizerFile);
        try
        {
            var model = json["model"]!;
            if (model["type"]?.GetValue<string>() is var type && type is not (null or "BPE"))
            {
                throw new TokenizerException($"{path}: the model is of type {type}; byte-level BPE is what is read here");
            }

            return new BytePairModel
            {
                Vocabulary = model["vocab"]!.AsObject().ToDictionary(t => t.Key, t => t.Value!.GetValue<int>(), StringComparer.Ordinal),
                Merges = [.. model["merges"]!.AsArray().Select(m => Merge(m!))],
                AddedTokens = [.. json["added_tokens"]!.AsArray().Select(t => new AddedToken(t!["id"]!.GetValue<int>(), t["content"]!.GetValue<string>(), t["special"]?.GetValue<bool>() ?? true))],
                Pattern = Pattern(json["pre_tokenizer"], path),
                NormalizeNfc = json["normalizer"]?["type"]?.GetValue<string>() == "NFC",
                IgnoreMerges = model["ignore_merges"]?.GetValue<bool>() ?? false,
                PadToken = "",
                EosToken = "",
            };
        }
        catch (Exception failure) when (failure is NullReferenceException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new TokenizerException($"{path} is not a byte-level BPE tokenizer: {failure.Message}", failure);
        }
    }

    private static (string Left, string Right) Merge(JsonNode node)
    {
        if (node is JsonArray { Count: 2 } pair)
        {
            return (pair[0]!.GetValue<string>(), pair[1]!.GetValue<string>());
        }

        var text = node.GetValue<string>();
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        return space > 0 ? (text[..space], text[(space + 1)..]) : throw new FormatException($"'{text}' is not a merge of two tokens");
    }

    private static string Pattern(JsonNode? node, string path) => node?["type"]?.GetValue<string>() switch
    {
        "ByteLevel" when node["add_prefix_space"]?.GetValue<bool>() != true => BytePairTokenizer.DefaultPattern,
        "Sequence" when node["pretokenizers"] is JsonArray { Count: 2 } steps && steps[0]!["pattern"]?["Regex"] is { } regex => regex.GetValue<string>(),
        var other => throw new TokenizerException($"{path}: pre_tokenizer {other ?? "null"} is not a byte-level one that is read here"),
    };

    private static (string Path, JsonNode Json) Read(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        try
        {
            return (path, JsonNode.Parse(File.ReadAllBytes(path)) ?? throw new TokenizerException($"{path} is empty"));
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TokenizerException($"{path}: there is no such file. Give the folder of a model with its tokenizer.", failure);
        }
        catch (JsonException failure)
        {
            throw new TokenizerException($"{path} is not valid JSON: {failure.Message}", failure);
        }
    }

    private static void WriteWhole(string path, string text)
    {
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        File.WriteAllText(temporary, text + "\n");
        File.Move(temporary, path, overwrite: true);
    }
}
