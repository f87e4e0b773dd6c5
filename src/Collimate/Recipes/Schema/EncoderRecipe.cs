using Collimate.Models.Text;
using Collimate.Models.Vision;
using Collimate.Tokenization;

namespace Collimate.Recipes.Schema;

/// <summary>A recipe that pretrains a dual encoder on the gym.</summary>
public sealed record EncoderRecipe
{
    /// <summary>The recipe's name, shown in reports.</summary>
    public required string Name { get; init; }

    /// <summary>What it is, in a sentence.</summary>
    public string Description { get; init; } = "";

    /// <summary>Every random draw of the run follows from this number.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>The encoder's shape.</summary>
    public required DualEncoderShape DualEncoder { get; init; }

    /// <summary>How it is trained.</summary>
    public required EncoderStage Training { get; init; }
}

/// <summary>The shape of a SigLIP-style dual encoder.</summary>
public sealed record DualEncoderShape
{
    /// <summary>Side of a picture in pixels.</summary>
    [RecipeRange(8)]
    public int ImageSize { get; init; } = 96;

    /// <summary>Side of a patch in pixels.</summary>
    [RecipeRange(2)]
    public int PatchSize { get; init; } = 12;

    /// <summary>Width of both towers and of the space where they meet.</summary>
    [RecipeRange(8)]
    public int HiddenSize { get; init; } = 128;

    /// <summary>Layers of the vision tower.</summary>
    [RecipeRange(1)]
    public int VisionLayers { get; init; } = 5;

    /// <summary>Layers of the text tower.</summary>
    [RecipeRange(1)]
    public int TextLayers { get; init; } = 2;

    /// <summary>Attention heads of both towers.</summary>
    [RecipeRange(1)]
    public int Heads { get; init; } = 4;

    /// <summary>Width inside the feed-forward blocks.</summary>
    [RecipeRange(8)]
    public int IntermediateSize { get; init; } = 512;

    /// <summary>Token ids in all, where the tokenizer is learnt; it is the decoder's own.</summary>
    [RecipeRange(300)]
    public int VocabularySize { get; init; } = 1024;

    /// <summary>The most tokens of a caption.</summary>
    [RecipeRange(4)]
    public int TextLength { get; init; } = 40;

    /// <summary>The configuration that Hugging Face would write.</summary>
    internal DualEncoderConfig ToConfig(BytePairTokenizer tokenizer) => new()
    {
        Vision = new VisionConfig
        {
            HiddenSize = HiddenSize, LayerCount = VisionLayers, HeadCount = Heads, IntermediateSize = IntermediateSize, ImageSize = ImageSize, PatchSize = PatchSize,
        },
        Text = new TextConfig
        {
            VocabularySize = tokenizer.VocabularySize, HiddenSize = HiddenSize, LayerCount = TextLayers, HeadCount = Heads, IntermediateSize = IntermediateSize,
            MaxPositions = TextLength, PadTokenId = tokenizer.PadId, EosTokenId = tokenizer.EosId, BosTokenId = tokenizer.EosId,
        },
    };
}

/// <summary>How a dual encoder is trained.</summary>
public sealed record EncoderStage
{
    /// <summary>Optimizer steps.</summary>
    [RecipeRange(1)]
    public long Steps { get; init; } = 4000;

    /// <summary>Pictures a step.</summary>
    [RecipeRange(1)]
    public int BatchSize { get; init; } = 64;

    /// <summary>Pieces a batch is cut into; captions are contrasted within a piece.</summary>
    [RecipeRange(1)]
    public int Pieces { get; init; } = 4;

    /// <summary>The highest learning rate.</summary>
    [RecipeRange(0, MinimumExcluded = true)]
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>AdamW's decay of weights.</summary>
    [RecipeRange(0)]
    public double WeightDecay { get; init; } = 0.05;

    /// <summary>The part of the steps over which the learning rate rises.</summary>
    [RecipeRange(0, 1)]
    public double WarmupRatio { get; init; } = 0.03;

    /// <summary>Parts drawn from each picture.</summary>
    [RecipeRange(1)]
    public int RegionsPerPicture { get; init; } = 6;

    /// <summary>The weight of whole pictures against whole captions.</summary>
    [RecipeRange(0)]
    public double WholeWeight { get; init; } = 0.3;

    /// <summary>Which stream of scenes.</summary>
    public long DataSeed { get; init; } = 21;

    /// <summary>The type of matrix products.</summary>
    public Precision Precision { get; init; } = Precision.Bf16;
}
