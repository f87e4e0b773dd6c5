using System.Text.Json.Nodes;
using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Models;

/// <summary>Writes a model, or a part of one, as a Hugging Face checkpoint, in a type of choice.</summary>
public static class ModelExport
{
    private const string TypeKey = "torch_dtype";

    // What stands beside weights in a published checkpoint and says nothing about how they are stored.
    private static readonly string[] Companions =
    [
        "generation_config.json", "preprocessor_config.json", "processor_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
        "added_tokens.json", "vocab.json", "merges.txt", "vocab.txt", "tokenizer.model", "spiece.model", "chat_template.json", "chat_template.jinja",
    ];

    /// <summary>Writes weights and configuration. The configuration comes last, so that a folder without it is known to be incomplete.</summary>
    /// <param name="model">The model.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="folder">The folder; made where absent.</param>
    /// <param name="type">The type in which floating-point weights are stored; the model itself stays as it is.</param>
    /// <param name="maxShardBytes">The most bytes of weights in a file.</param>
    public static void Write(Module model, JsonObject config, string folder, ScalarType type, long maxShardBytes = long.MaxValue)
    {
        Directory.CreateDirectory(folder);
        using var scope = new TensorScope();
        ShardedWriter.Write(folder, model.StateDict(), type, maxShardBytes);
        config[TypeKey] = NameOf(type);
        ConfigSection.Save(config, CheckpointFolder.ConfigFile(folder));
    }

    /// <summary>Writes a model that was read from a folder in Hugging Face's layout to another such folder: configuration, tokenizer and all else as they stand there.</summary>
    /// <param name="model">The model.</param>
    /// <param name="source">The folder it was read from.</param>
    /// <param name="folder">The folder; made where absent.</param>
    /// <param name="type">The type in which floating-point weights are stored.</param>
    /// <param name="maxShardBytes">The most bytes of weights in a file.</param>
    public static void WriteAgain(Module model, string source, string folder, ScalarType type, long maxShardBytes = long.MaxValue)
    {
        var config = JsonNode.Parse(File.ReadAllBytes(CheckpointFolder.ConfigFile(source)))!.AsObject();
        foreach (var part in config.Select(entry => entry.Value).OfType<JsonObject>().Append(config).ToArray())
        {
            part.Remove("dtype"); // what newer versions call it; every version reads the older word
            if (part.ContainsKey(TypeKey))
            {
                part[TypeKey] = NameOf(type);
            }
        }

        Directory.CreateDirectory(folder);
        if (Path.GetFullPath(source) != Path.GetFullPath(folder))
        {
            foreach (var name in Companions.Where(name => File.Exists(Path.Combine(source, name))))
            {
                File.Copy(Path.Combine(source, name), Path.Combine(folder, name), overwrite: true);
            }
        }

        Write(model, config, folder, type, maxShardBytes);
    }

    private static string NameOf(ScalarType type) => type switch { ScalarType.Float16 => "float16", ScalarType.BFloat16 => "bfloat16", _ => "float32" };
}
