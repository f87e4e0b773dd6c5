using Collimate.Models.Language;
using Collimate.Models.Text;
using Collimate.Models.Vision;
using Collimate.Models.Vision.Convolutional;

namespace Collimate.Verification;

/// <summary>Which family replays which <c>model_type</c>: a new family is one line here and a class beside it.</summary>
internal static class Replays
{
    /// <summary>The word for a folder of scores without a model.</summary>
    public const string LogitsProcessors = "logits-processors";

    private static readonly SortedDictionary<string, Func<string, IReplay>> ByModelType = new(StringComparer.Ordinal)
    {
        ["bert"] = TextEncoderReplay.LoadBert,
        ["clip"] = folder => new DualEncoderReplay(DualEncoder.Load(folder)),
        ["clip_vision_model"] = folder => new VisionTowerReplay(VisionTransformer.Load(folder)),
        ["dinov2"] = folder => new VisionTowerReplay(VisionTransformer.Load(folder)),
        ["llama"] = folder => new CausalReplay(CausalLanguageModel.Load(folder)),
        ["llava"] = LlavaReplay.Load,
        ["qwen2"] = folder => new CausalReplay(CausalLanguageModel.Load(folder)),
        ["resnet"] = folder => new ResNetReplay(ResNet.Load(folder)),
        ["siglip"] = folder => new DualEncoderReplay(DualEncoder.Load(folder)),
        ["siglip_vision_model"] = folder => new VisionTowerReplay(VisionTransformer.Load(folder)),
        ["t5"] = TextEncoderReplay.LoadT5,
        ["vit"] = folder => new VisionTowerReplay(VisionTransformer.Load(folder)),
    };

    /// <summary>Every <c>model_type</c> that can be replayed.</summary>
    public static IReadOnlyCollection<string> ModelTypes => ByModelType.Keys;

    /// <summary>Loads a folder's model.</summary>
    /// <exception cref="RecordingException">Its <c>model_type</c> is none of <see cref="ModelTypes"/>.</exception>
    public static (string ModelType, IReplay Replay) Load(Recording recording)
    {
        if (recording.ReadModelType() is not { } type)
        {
            return recording.Has("scores")
                ? (LogitsProcessors, new LogitsProcessorReplay())
                : throw new RecordingException($"{Path.Combine(recording.Folder, "config.json")}: absent. A recording lies beside a model's config.json and model.safetensors.");
        }

        return ByModelType.TryGetValue(type, out var load)
            ? (type, load(recording.Folder))
            : throw new RecordingException($"{Path.Combine(recording.Folder, "config.json")}: model_type '{type}' cannot be replayed; supported are {string.Join(", ", ModelTypes)}.");
    }
}
