using System.Text.Json;
using System.Text.Json.Nodes;
using Collimate.Models;
using Collimate.Torch.Serialization;

namespace Collimate.Adapters;

/// <summary>Reads and writes PEFT's <c>adapter_config.json</c>.</summary>
internal static class PeftConfig
{
    /// <summary>The file's name.</summary>
    public const string FileName = "adapter_config.json";

    // Said by PEFT about an adapter without changing what it computes.
    private static readonly HashSet<string> Neutral = new(StringComparer.Ordinal)
    {
        "auto_mapping", "inference_mode", "revision", "peft_version", "runtime_config", "megatron_core", "qalora_group_size", "corda_config", "eva_config", "loftq_config", "layers_pattern",
    };

    private static readonly string[] Understood =
    [
        "peft_type", "r", "lora_alpha", "lora_dropout", "use_dora", "use_rslora", "init_lora_weights", "target_modules", "exclude_modules", "layers_to_transform", "rank_pattern",
        "alpha_pattern", "modules_to_save", "bias", "task_type", "base_model_name_or_path",
    ];

    // How the weights of these were found changed the base model too, which an adapter's file does not show.
    private static readonly string[] ChangingTheBase = ["pissa", "olora", "corda", "loftq"];

    /// <summary>Reads the file.</summary>
    /// <exception cref="CheckpointException">The file is absent, not sound, or asks for something that is not supported.</exception>
    public static AdapterConfig Read(string file)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            return Read(new PeftSection(document.RootElement, file));
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CheckpointException($"{file}: absent; an adapter's folder holds {FileName} beside {PeftFolder.WeightsName}", error) { Place = file };
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new CheckpointException($"{file}: not valid JSON: {error.Message}", error) { Place = file }; // the second kind: text that is no Unicode
        }
        catch (AdapterException error)
        {
            throw new CheckpointException($"{file}: {error.Message}", error) { Place = file };
        }
    }

    /// <summary>Writes the file.</summary>
    /// <param name="config">What is written.</param>
    /// <param name="paths">The adapted layers, which stand in place of patterns that PEFT does not know.</param>
    /// <param name="file">The file.</param>
    public static void Write(AdapterConfig config, IReadOnlyList<string> paths, string file)
    {
        var asPaths = config.Within.Length > 0 || config.Targets.HasGlobs || config.Targets.IsAllLinear || config.Excluded is { HasGlobs: true };
        var json = new JsonObject
        {
            ["alpha_pattern"] = new JsonObject([.. config.AlphaPattern.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)Number(entry.Value)))]),
            ["auto_mapping"] = null,
            ["base_model_name_or_path"] = config.BaseModel,
            ["bias"] = "none",
            ["fan_in_fan_out"] = false,
            ["inference_mode"] = true,
            ["init_lora_weights"] = config.Initialization == AdapterInitialization.Gaussian ? "gaussian" : true,
            ["layers_pattern"] = asPaths ? null : Texts(config.LayersPattern),
            ["layers_to_transform"] = asPaths || config.Layers is null ? null : new JsonArray([.. config.Layers.Select(layer => (JsonNode)layer)]),
            ["lora_alpha"] = Number(config.Alpha),
            ["lora_dropout"] = config.Dropout,
            ["modules_to_save"] = config.SavedModules.Count == 0 ? null : Texts(config.SavedModules),
            ["peft_type"] = "LORA",
            ["r"] = config.Rank,
            ["rank_pattern"] = new JsonObject([.. config.RankPattern.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value))]),
            ["revision"] = null,
            ["target_modules"] = asPaths ? Texts(paths) : Pattern(config.Targets),
            ["task_type"] = config.TaskType,
            ["use_dora"] = config.Kind == AdapterKind.Dora,
            ["use_rslora"] = config.RankStabilized,
        };
        if (!asPaths && config.Excluded is { } excluded)
        {
            json["exclude_modules"] = Pattern(excluded);
        }

        ConfigSection.Save(json, file);
    }

    private static AdapterConfig Read(PeftSection section)
    {
        Refuse(section);
        var config = new AdapterConfig
        {
            Kind = section.Flag("use_dora") ? AdapterKind.Dora : AdapterKind.Lora,
            Rank = section.Int("r") ?? 8,
            Alpha = section.Number("lora_alpha") ?? 8,
            Dropout = section.Number("lora_dropout") ?? 0,
            RankStabilized = section.Flag("use_rslora"),
            Initialization = section.Is("init_lora_weights", "gaussian") ? AdapterInitialization.Gaussian : AdapterInitialization.Kaiming,
            Targets = section.Pattern("target_modules") ?? throw section.Wrong("target_modules", "a list of names, or a regular expression"),
            Excluded = section.Pattern("exclude_modules"),
            Layers = section.Ints("layers_to_transform"),
            LayersPattern = section.Texts("layers_pattern"),
            RankPattern = section.Map<int>("rank_pattern", value => value.TryGetInt32(out var rank) ? rank : null),
            AlphaPattern = section.Map<double>("alpha_pattern", value => value.TryGetDouble(out var alpha) && double.IsFinite(alpha) ? alpha : null),
            SavedModules = section.Texts("modules_to_save") ?? [],
            TaskType = section.Text("task_type"),
            BaseModel = section.Text("base_model_name_or_path"),
        };
        return config.Fault is { } fault ? throw new AdapterException($"{fault}.") : config;
    }

    private static void Refuse(PeftSection section)
    {
        if (!section.Is("peft_type", "LORA"))
        {
            throw section.Wrong("peft_type", "LORA, the only kind of adapter that is supported (DoRA is LORA with use_dora)");
        }

        if (section.Has("bias") && !section.Is("bias", "none"))
        {
            throw section.Wrong("bias", "none: trained biases are not supported");
        }

        if (section.Has("init_lora_weights") && section.IsText("init_lora_weights") && Array.Exists(ChangingTheBase, section.Text("init_lora_weights")!.StartsWith))
        {
            throw section.Wrong("init_lora_weights", "one that leaves the base model's weights alone; convert the adapter to a plain one with PEFT (path_initial_model_for_weight_conversion)");
        }

        if (section.IsOn("fan_in_fan_out"))
        {
            throw section.Wrong("fan_in_fan_out", "false: weights stored as [inputs, outputs] are GPT-2's, and no model here has any");
        }

        foreach (var key in section.Keys.Where(key => !Neutral.Contains(key) && !Understood.Contains(key) && section.IsOn(key)))
        {
            throw section.Wrong(key, "nothing, false or no entry: the key is not supported, and it may change what the adapter computes");
        }
    }

    private static JsonNode Number(double value) => value == Math.Floor(value) && Math.Abs(value) < 1e15 ? (long)value : value;

    private static JsonNode Pattern(ModulePattern pattern) => pattern.Expression is { } expression ? expression : Texts(pattern.Names)!;

    private static JsonArray? Texts(IReadOnlyList<string>? texts) => texts is null ? null : new JsonArray([.. texts.Select(text => (JsonNode)text)]);
}
