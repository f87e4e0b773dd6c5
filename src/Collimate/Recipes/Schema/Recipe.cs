using Collimate.Alignment;

namespace Collimate.Recipes.Schema;

/// <summary>A whole recipe: the model by its seams, and the stages it is trained in.</summary>
public sealed record Recipe
{
    /// <summary>The recipe's name, shown in reports.</summary>
    public required string Name { get; init; }

    /// <summary>What it is, in a sentence, with its source.</summary>
    public string Description { get; init; } = "";

    /// <summary>Every random draw of the run follows from this number.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>The model: one choice a seam.</summary>
    public required ModelRecipe Model { get; init; }

    /// <summary>The stages, in order.</summary>
    public required IReadOnlyList<StageRecipe> Stages { get; init; }

    /// <summary>What tells, before the first stage and after each, whether the decoder still speaks as it did; nothing where silent.</summary>
    public RetentionRecipe? Retention { get; init; }
}

/// <summary>One choice for each seam that belongs to the model.</summary>
public sealed record ModelRecipe : IValidatedOptions
{
    /// <summary>A LLaVA folder in Hugging Face's layout to start from: it brings the vision tower, the decoder and, unless another is named, the connector.</summary>
    public string? From { get; init; }

    /// <summary>Seam 1; nothing where silent.</summary>
    public RecipeNode? Conditioning { get; init; }

    /// <summary>Seam 2.</summary>
    public RecipeNode? Vision { get; init; }

    /// <summary>Seam 3; a two-layer MLP where silent.</summary>
    public RecipeNode? Connector { get; init; }

    /// <summary>The decoder; must be named unless the model starts from a whole one.</summary>
    public RecipeNode? Language { get; init; }

    /// <summary>Seam 4; concatenation where silent.</summary>
    public RecipeNode? Composition { get; init; }

    /// <summary>Which place the rotary embedding is told for a token that the composition has moved: <c>sequential</c>, <c>kept</c> or <c>shared_image</c>.</summary>
    public PositionRule Positions { get; init; }

    /// <summary>Seam 5; causal where silent.</summary>
    public RecipeNode? Attention { get; init; }

    /// <summary>Seam 6; none where silent.</summary>
    public RecipeNode? Fusion { get; init; }

    /// <summary>Low-rank adapters by name; one that is called like a part of the model (<c>language</c>, <c>vision</c>, <c>connector</c>, …) stays within that part.</summary>
    public IReadOnlyDictionary<string, RecipeNode>? Adapters { get; init; }

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Message)> Validate()
    {
        if (From is null && Language is null)
        {
            yield return (nameof(Language), $"is missing; name a decoder ({string.Join(", ", LanguageParts.Table.Types)}), or start from a whole model with 'from: FOLDER'.");
        }

        if (From is not null && Language is not null)
        {
            yield return (nameof(Language), $"cannot stand beside 'from', as {From} brings its own decoder; leave one of the two out.");
        }

        if (From is not null && Vision is not null)
        {
            yield return (nameof(Vision), $"cannot stand beside 'from', as {From} brings its own vision tower; leave one of the two out.");
        }
    }
}

/// <summary>One stage of training.</summary>
public sealed record StageRecipe : IValidatedOptions
{
    /// <summary>The stage's name, for <c>--set stages.NAME.steps=…</c>, files and reports.</summary>
    public required string Name { get; init; }

    /// <summary>Which parts learn, each with its learning rate: <c>connector</c>, <c>language</c>, <c>vision</c>, <c>conditioning</c>, <c>composition</c>, <c>fusion</c>; <c>adapters</c> for all adapters, <c>adapters.NAME</c> for one; <c>objectives</c> for what objectives learn themselves.</summary>
    public required IReadOnlyDictionary<string, double> LearningRates { get; init; }

    /// <summary>Where samples come from.</summary>
    public required RecipeNode Data { get; init; }

    /// <summary>What is optimised, by name with weights; the language model's loss where silent.</summary>
    public IReadOnlyList<ObjectiveRecipe>? Objectives { get; init; }

    /// <summary>Optimizer steps.</summary>
    [RecipeRange(1)]
    public long Steps { get; init; } = 1000;

    /// <summary>Passes over the data, instead of <c>steps</c>.</summary>
    [RecipeRange(0)]
    public double? Epochs { get; init; }

    /// <summary>Samples a step.</summary>
    [RecipeRange(1)]
    public int BatchSize { get; init; } = 16;

    /// <summary>Pieces that a batch is cut into: the workers share them, and gradients are accumulated over them.</summary>
    [RecipeRange(1)]
    public int Pieces { get; init; } = 4;

    /// <summary>Samples in a piece, instead of <c>pieces</c>: what is in memory at once, for each worker. <c>auto</c> takes as many as fit into memory.</summary>
    public CountOrAuto? MicroBatch { get; init; }

    /// <summary>The type of matrix products: <c>bf16</c> or <c>fp32</c>.</summary>
    public Precision Precision { get; init; } = Precision.Bf16;

    /// <summary>The learning rate's course.</summary>
    public ScheduleKind Schedule { get; init; } = ScheduleKind.Cosine;

    /// <summary>The part of the steps over which the learning rate rises from zero.</summary>
    [RecipeRange(0, 1)]
    public double WarmupRatio { get; init; } = 0.03;

    /// <summary>What the learning rate falls to, as a part of its highest value.</summary>
    [RecipeRange(0, 1)]
    public double FloorRatio { get; init; }

    /// <summary>What no learning rate falls below on its way down, as the paper of the four stages has 1e-8.</summary>
    [RecipeRange(0)]
    public double LowestRate { get; init; }

    /// <summary>What moves the parameters: <c>adamw</c> or <c>adamw_8bit</c>.</summary>
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.AdamW;

    /// <summary>AdamW's decay rate of the first moment.</summary>
    [RecipeRange(0, 1)]
    public double Beta1 { get; init; } = 0.9;

    /// <summary>What AdamW adds to the root of the second moment.</summary>
    [RecipeRange(0)]
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Whether the layers of decoder and tower keep only the state between them and run again when their gradients are needed: less memory, a third more time.</summary>
    public bool Recompute { get; init; }

    /// <summary>Where the features of pictures are kept while the vision tower is frozen: true, a folder, or a map; see <see cref="FeatureCacheOptions"/>. Nowhere where silent.</summary>
    public RecipeNode? FeatureCache { get; init; }

    /// <summary>Samples that the stage is judged by while it trains, its best model kept; none where silent.</summary>
    public ValidationRecipe? Validation { get; init; }

    /// <summary>AdamW's decay of weights (never of biases, norms and embeddings).</summary>
    [RecipeRange(0)]
    public double WeightDecay { get; init; }

    /// <summary>AdamW's decay rate of the second moment.</summary>
    [RecipeRange(0, 1)]
    public double Beta2 { get; init; } = 0.999;

    /// <summary>The largest norm of all gradients together; 0 leaves them as they are.</summary>
    [RecipeRange(0)]
    public double ClipNorm { get; init; } = 1;

    /// <summary>Seam 5 while this stage trains; the model's own where silent.</summary>
    public RecipeNode? Attention { get; init; }

    /// <summary>Hides a share of the input's text while this stage trains; nothing is hidden where silent.</summary>
    public NoiseRecipe? Noise { get; init; }

    /// <summary>
    /// Whether several samples share a row, as documents that do not see each other: <c>true</c> for rows as long as the batch's longest sample, or the most positions of a row.
    /// </summary>
    public SwitchOrCount Packing { get; init; }

    /// <summary>Whether samples of like length share a batch: <c>true</c>, or in how many batches at a time they are looked for. Every sample still comes once a pass, and the batches in random order.</summary>
    public SwitchOrCount GroupByLength { get; init; }

    /// <summary>Whether the questions about a picture are packed as documents that do not see each other.</summary>
    public bool Packed { get; init; } = true;

    /// <summary>The share of samples that may be unusable (a picture that cannot be read, a conversation that does not fit): they are named, counted and replaced; with 0 the first ends the run.</summary>
    [RecipeRange(0, 1)]
    public double BadSamples { get; init; }

    /// <summary>Threads that read the pictures of a step while steps before it are computed; half the cores, at most 8, where silent.</summary>
    [RecipeRange(1, 64)]
    public int? DecodeThreads { get; init; }

    /// <summary>Whether an adapter learns in this stage.</summary>
    /// <param name="adapter">Its name.</param>
    internal bool Trains(string adapter) => LearningRates.ContainsKey(ModelParts.Adapters) || LearningRates.Keys.Any(part => ModelParts.AdapterOf(part) == adapter);

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Message)> Validate()
    {
        foreach (var part in LearningRates.Keys.Where(part => !ModelParts.IsKnown(part)))
        {
            yield return (nameof(LearningRates), $"'{part}' is not a part of the model; known: {string.Join(", ", ModelParts.Known)}, adapters, adapters.NAME.");
        }

        if (LearningRates.ContainsKey(ModelParts.Adapters) && LearningRates.Keys.FirstOrDefault(part => ModelParts.AdapterOf(part) is not null) is { } twice)
        {
            yield return (nameof(LearningRates), $"'{ModelParts.Adapters}' names all adapters, and so '{twice}' a second time; name each adapter, or all.");
        }

        if (LearningRates.Count == 0 || LearningRates.Values.Any(rate => rate <= 0))
        {
            yield return (nameof(LearningRates), "name at least one part with a learning rate above 0; a part that is not named is frozen.");
        }
    }
}

/// <summary>An objective and its weight.</summary>
public sealed record ObjectiveRecipe
{
    /// <summary>Seam 7.</summary>
    public RecipeNode? Objective { get; init; }

    /// <summary>The factor on its loss.</summary>
    public double Weight { get; init; } = 1;
}

/// <summary>Noise on the input of a stage, as <see cref="Data.Conversations.InputNoise"/> applies it.</summary>
public sealed record NoiseRecipe
{
    /// <summary>The chance of each text token to be hidden.</summary>
    [RecipeRange(0, 1)]
    public double Share { get; init; } = 0.2;

    /// <summary>What becomes of a hidden token: <c>mask</c>, <c>random</c> or <c>drop</c>.</summary>
    public Data.Conversations.NoiseKind Kind { get; init; } = Data.Conversations.NoiseKind.Mask;

    /// <summary>The token, as the vocabulary spells it, that masks; a vector of zeros where silent.</summary>
    public string? MaskToken { get; init; }

    /// <summary>Whether only hidden tokens are learnt.</summary>
    public bool LossOnHiddenOnly { get; init; }
}

/// <summary>The type of matrix products.</summary>
public enum Precision
{
    /// <summary>Single precision throughout.</summary>
    Fp32,
    /// <summary>Matrix products in brain floating point, the rest in single precision.</summary>
    Bf16,
}

/// <summary>What moves the parameters.</summary>
public enum OptimizerKind
{
    /// <summary>AdamW with moments in single precision: 8 bytes a parameter.</summary>
    [RecipeWord("adamw")]
    AdamW,
    /// <summary>AdamW with moments of 8 bits in blocks (Dettmers et al. 2022): 2 bytes a parameter; 8 for embeddings and small tensors.</summary>
    [RecipeWord("adamw_8bit")]
    AdamW8Bit,
}

/// <summary>How a stage is judged while it trains.</summary>
public sealed record ValidationRecipe
{
    /// <summary>Where the samples come from; not from what is trained on.</summary>
    public required RecipeNode Data { get; init; }

    /// <summary>How many samples.</summary>
    [RecipeRange(1)]
    public int Samples { get; init; } = 64;

    /// <summary>Steps between two validations, or <c>epoch</c> for one after every pass over the data.</summary>
    public StepsOrEpoch Every { get; init; } = 100;

    /// <summary>Validations without a new best after which the stage ends with its best model; 0 to train all steps and keep the last.</summary>
    [RecipeRange(0)]
    public int Patience { get; init; }
}

/// <summary>The course of a learning rate.</summary>
public enum ScheduleKind
{
    /// <summary>Down along half a cosine.</summary>
    Cosine,
    /// <summary>Down along a line.</summary>
    Linear,
    /// <summary>Level.</summary>
    Constant,
}
