using Collimate.Models.Vision.Convolutional;

namespace Collimate.Recipes.Schema;

/// <summary>A recipe that pretrains a residual network on the gym; it has a <c>residual_network:</c> section at its top.</summary>
public sealed record ResNetRecipe
{
    /// <summary>The recipe's name, shown in reports.</summary>
    public required string Name { get; init; }

    /// <summary>What it is, in a sentence.</summary>
    public string Description { get; init; } = "";

    /// <summary>Every random draw of the run follows from this number.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>The network's shape.</summary>
    public required ResNetShape ResidualNetwork { get; init; }

    /// <summary>How it is trained.</summary>
    public required ResNetStage Training { get; init; }
}

/// <summary>The shape of a residual network with bottlenecks, as ResNet-50 has them.</summary>
public sealed record ResNetShape : IValidatedOptions
{
    /// <summary>Side of a picture in pixels.</summary>
    [RecipeRange(8)]
    public int ImageSize { get; init; } = 96;

    /// <summary>Channels after the first convolution.</summary>
    [RecipeRange(1)]
    public int EmbeddingSize { get; init; } = 32;

    /// <summary>Channels after each stage.</summary>
    [RecipeRange(4)]
    public IReadOnlyList<int> HiddenSizes { get; init; } = [64, 128, 256, 512];

    /// <summary>Layers of each stage.</summary>
    [RecipeRange(1)]
    public IReadOnlyList<int> Depths { get; init; } = [1, 2, 2, 1];

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Message)> Validate()
    {
        if (Depths.Count != HiddenSizes.Count || Depths.Count == 0)
        {
            yield return (nameof(Depths), $"must have a number for each of hidden_sizes, {HiddenSizes.Count}; found {Depths.Count}.");
        }
    }

    /// <summary>The configuration that Hugging Face would write.</summary>
    internal ResNetConfig ToConfig(int classes) => new() { EmbeddingSize = EmbeddingSize, HiddenSizes = HiddenSizes, Depths = Depths, ClassCount = classes };
}

/// <summary>How a residual network is trained.</summary>
public sealed record ResNetStage
{
    /// <summary>Optimizer steps.</summary>
    [RecipeRange(1)]
    public long Steps { get; init; } = 600;

    /// <summary>Pictures a step.</summary>
    [RecipeRange(2)]
    public int BatchSize { get; init; } = 64;

    /// <summary>Pieces a batch is cut into; batch norms have the statistics of a piece.</summary>
    [RecipeRange(1)]
    public int Pieces { get; init; } = 2;

    /// <summary>The highest learning rate.</summary>
    [RecipeRange(0, MinimumExcluded = true)]
    public double LearningRate { get; init; } = 3e-3;

    /// <summary>AdamW's decay of weights.</summary>
    [RecipeRange(0)]
    public double WeightDecay { get; init; } = 0.05;

    /// <summary>Which stream of scenes.</summary>
    public long DataSeed { get; init; } = 31;
}
