namespace Collimate.Recipes.Schema;

/// <summary>Options of Flamingo's perceiver resampler.</summary>
public sealed record PerceiverOptions
{
    /// <summary>How many visual tokens a picture becomes; Flamingo has 64.</summary>
    [RecipeRange(1, 4096)]
    public int Queries { get; init; } = 64;

    /// <summary>How many layers; Flamingo has 6.</summary>
    [RecipeRange(1, 64)]
    public int Layers { get; init; } = 6;

    /// <summary>Attention heads.</summary>
    [RecipeRange(1, 256)]
    public int Heads { get; init; } = 8;

    /// <summary>Width of a head.</summary>
    [RecipeRange(1, 512)]
    public int HeadSize { get; init; } = 64;

    /// <summary>Standard deviation of a fresh output relative to the usual initialisation.</summary>
    [RecipeRange(0)]
    public double OutputScale { get; init; } = 1;
}
