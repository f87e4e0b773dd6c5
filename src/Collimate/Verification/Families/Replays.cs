using Collimate.Models.Language;
using Collimate.Models.Text;

namespace Collimate.Verification;

/// <summary>Which family replays which <c>model_type</c>: a new family is one line here and a class beside it.</summary>
internal static class Replays
{
    /// <summary>The word for a folder of scores without a model.</summary>
    public const string LogitsProcessors = "logits-processors";

    private static readonly SortedDictionary<string, Func<string, IReplay>> ByModelType = new(StringComparer.Ordinal)
    {
        ["clip"] = folder => new DualEncoderReplay(DualEncoder.Load(folder)),
        ["siglip"] = folder => new DualEncoderReplay(DualEncoder.Load(folder)),
        ["llava"] = LlavaReplay.Load,
        ["llama"] = folder => new CausalReplay(CausalLanguageModel.Load(folder)),
        ["qwen2"] = folder => new CausalReplay(CausalLanguageModel.Load(folder)),
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
