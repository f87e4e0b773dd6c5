namespace Collimate.Data.Scenes;

/// <summary>What to write where.</summary>
public sealed record SceneExportOptions
{
    /// <summary>The folder to write into; made if absent.</summary>
    public required string Folder { get; init; }

    /// <summary>How many scenes.</summary>
    public required long Count { get; init; }

    /// <summary>The form.</summary>
    public SceneExportFormat Format { get; init; } = SceneExportFormat.Llava;

    /// <summary>Which part of the world.</summary>
    public SceneSplit Split { get; init; } = SceneSplit.Train;

    /// <summary>The scenes' seed.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>How many questions are asked of each scene (a scene may allow fewer).</summary>
    public int QuestionsPerScene { get; init; } = 6;

    /// <summary>Scenes in a shard of <see cref="SceneExportFormat.WebDataset"/>.</summary>
    public int ScenesPerShard { get; init; } = 1000;

    /// <summary>How many threads work; the files do not depend on it.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Folder);
        ArgumentOutOfRangeException.ThrowIfNegative(Count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(QuestionsPerScene);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ScenesPerShard);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Workers);
    }
}
