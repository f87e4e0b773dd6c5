namespace Collimate.Inspection.Checkpoints;

/// <summary>What a checkpoint folder holds and needs, as its configuration and the headers of its weights tell it.</summary>
/// <param name="Folder">The folder that holds the weights.</param>
/// <param name="ModelType">The configuration's <c>model_type</c>, or <c>collimate</c> for a model with a recipe.</param>
/// <param name="ContextLength">The most tokens of text, or null where the configuration names none.</param>
/// <param name="TokensPerImage">Visual tokens a picture becomes, or null without pictures.</param>
/// <param name="Files">The weights' files.</param>
/// <param name="Parts">The model's parts.</param>
/// <param name="Inference">What it takes to run the model, by the type it computes in.</param>
/// <param name="Training">What it takes to train the model, by stage.</param>
public sealed record CheckpointInfo(
    string Folder, string ModelType, int? ContextLength, int? TokensPerImage, IReadOnlyList<WeightFile> Files, IReadOnlyList<PartInfo> Parts,
    IReadOnlyList<InferenceMemory> Inference, IReadOnlyList<TrainingMemory> Training)
{
    /// <summary>All parts' parameters.</summary>
    public long ParameterCount => Parts.Sum(part => part.ParameterCount);
}

/// <summary>A file of weights.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Bytes">Its size.</param>
public sealed record WeightFile(string Name, long Bytes);

/// <summary>A part of a model.</summary>
/// <param name="Name">The part, as a recipe's learning rates name it.</param>
/// <param name="ParameterCount">How many numbers it holds.</param>
/// <param name="StoredAs">The types they are stored in.</param>
/// <param name="Bytes">What they take on disk.</param>
public sealed record PartInfo(string Name, long ParameterCount, IReadOnlyList<string> StoredAs, long Bytes);

/// <summary>Memory of a model that answers.</summary>
/// <param name="Precision">The type it computes in.</param>
/// <param name="Weights">Bytes of all weights.</param>
/// <param name="CachePerThousandTokens">Bytes of keys and values of a thousand tokens, or null without a decoder.</param>
/// <param name="CacheOfContext">Bytes of keys and values of a whole context, or null without one.</param>
public sealed record InferenceMemory(string Precision, long Weights, long? CachePerThousandTokens, long? CacheOfContext);

/// <summary>Memory of a model that learns, in fp32, one row at a time.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Learns">The parts that learn.</param>
/// <param name="Trained">Parameters that learn.</param>
/// <param name="Frozen">Parameters that do not.</param>
/// <param name="Weights">Bytes of all weights.</param>
/// <param name="Gradients">Bytes of the gradients.</param>
/// <param name="Optimizer">Bytes of AdamW's two moments.</param>
/// <param name="RowTokens">Tokens of the row that the next figure is for, visual ones included.</param>
/// <param name="ActivationsPerRow">Bytes that a row leaves for the backward pass: an estimate.</param>
public sealed record TrainingMemory(
    string Stage, IReadOnlyList<string> Learns, long Trained, long Frozen, long Weights, long Gradients, long Optimizer, int RowTokens, long ActivationsPerRow)
{
    /// <summary>Everything for a batch of one row.</summary>
    public long Together => Weights + Gradients + Optimizer + ActivationsPerRow;
}
