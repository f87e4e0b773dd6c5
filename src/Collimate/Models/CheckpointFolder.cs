using System.Text.Json.Nodes;
using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Models;

/// <summary>A model on disk in Hugging Face's layout: a folder with <c>config.json</c> and <c>model.safetensors</c>.</summary>
internal static class CheckpointFolder
{
    private const string WeightsName = "model.safetensors";

    /// <summary>Where a folder's configuration lies.</summary>
    public static string ConfigFile(string folder) => Path.Combine(folder, "config.json");
}
