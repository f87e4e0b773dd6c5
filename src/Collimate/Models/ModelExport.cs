using System.Text.Json.Nodes;
using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Models;

/// <summary>Writes a part of a model as a Hugging Face checkpoint of its own, in a type of choice.</summary>
public static class ModelExport
{
    /// <summary>Writes weights and configuration.</summary>
    /// <param name="model">The part.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="folder">The folder; made where absent.</param>
    /// <param name="type">The type in which floating-point weights are stored; the model itself stays as it is.</param>
    public static void Write(Module model, JsonObject config, string folder, ScalarType type)
    {
        Directory.CreateDirectory(folder);
        using var scope = new TensorScope();
        using var off = GradMode.Disable();
        var state = model.StateDict().ToDictionary(entry => entry.Key, entry => entry.Value.Type.IsFloatingPoint() ? entry.Value.To(type) : entry.Value);
        config["torch_dtype"] = type switch { ScalarType.Float16 => "float16", ScalarType.BFloat16 => "bfloat16", _ => "float32" };
        ConfigSection.Save(config, CheckpointFolder.ConfigFile(folder));
        SafetensorsWriter.Write(Path.Combine(folder, CheckpointFolder.WeightsName), state, new Dictionary<string, string> { ["format"] = "pt" });
    }
}
