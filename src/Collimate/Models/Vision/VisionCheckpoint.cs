using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Models.Vision;

/// <summary>Finds a vision tower in a checkpoint folder, whether it is alone there, half of a dual encoder, or below a classifier.</summary>
internal static class VisionCheckpoint
{
    /// <summary>Reads the tower; tensors that belong to other parts of the model are passed over.</summary>
    /// <exception cref="CheckpointException">A file is absent or damaged, or the tensors do not fit the configuration.</exception>
    public static VisionTransformer Load(string folder)
    {
        var config = VisionConfig.Load(CheckpointFolder.ConfigFile(folder));
        var names = NamesIn(folder);
        var part = PartName(config.Family);
        var stands = names.Any(name => name.StartsWith(part + ".", StringComparison.Ordinal)) || config.Family is EncoderFamily.Clip or EncoderFamily.Siglip;
        var prefix = stands ? part + "." : "";
        if (config.Family == EncoderFamily.Vit)
        {
            // Files do not say whether the pooling layer was kept; classifiers leave it out.
            config = config with { HasPoolingHead = config.HasPoolingHead && names.Contains($"{prefix}pooler.dense.weight") };
        }

        if (!stands)
        {
            return CheckpointFolder.Filled(() => new VisionTransformer(config), folder);
        }

        var others = names.Where(name => !name.StartsWith(prefix, StringComparison.Ordinal)).ToArray();
        return CheckpointFolder.Filled(() => new Part(part, new VisionTransformer(config)), folder, others).Tower;
    }

    /// <summary>Writes the tower alone.</summary>
    public static void Save(VisionTransformer tower, string folder)
    {
        var config = tower.Config.ToJson();
        if (tower.Config.Family is EncoderFamily.Clip or EncoderFamily.Siglip)
        {
            CheckpointFolder.Save(new Part(PartName(tower.Config.Family), tower), config, folder); // not disposed: it owns nothing of its own
            return;
        }

        CheckpointFolder.Save(tower, config, folder);
    }

    private static string PartName(EncoderFamily family) => family switch
    {
        EncoderFamily.Dinov2 => "dinov2",
        EncoderFamily.Vit => "vit",
        _ => "vision_model",
    };

    private static IReadOnlyList<string> NamesIn(string folder)
    {
        using var reader = SafetensorsReader.OpenFolder(folder);
        return reader.Names;
    }

    /// <summary>The tower under the name that it has inside a larger model.</summary>
    private sealed class Part : Module
    {
        public Part(string name, VisionTransformer tower) => Tower = AddModule(name, tower);

        public VisionTransformer Tower { get; }
    }
}
