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

/// <summary>Options of Prismatic's projector.</summary>
public sealed record FusedMlpOptions
{
    /// <summary>Standard deviation of a fresh output relative to the usual initialisation.</summary>
    [RecipeRange(0)]
    public double OutputScale { get; init; } = 1;
}

/// <summary>Options of BLIP-2's Q-Former.</summary>
public sealed record QFormerOptions : IValidatedOptions
{
    /// <summary>How many visual tokens a picture becomes; BLIP-2 has 32.</summary>
    [RecipeRange(1, 4096)]
    public int Queries { get; init; } = 32;

    /// <summary>Width of its layers; BERT's.</summary>
    [RecipeRange(1, 65536)]
    public int HiddenSize { get; init; } = 768;

    /// <summary>How many layers.</summary>
    [RecipeRange(1, 64)]
    public int Layers { get; init; } = 12;

    /// <summary>Attention heads.</summary>
    [RecipeRange(1, 256)]
    public int Heads { get; init; } = 12;

    /// <summary>Width inside the feed-forward blocks.</summary>
    [RecipeRange(1, 65536)]
    public int IntermediateSize { get; init; } = 3072;

    /// <summary>Every how many layers the queries see the patches, the first among them.</summary>
    [RecipeRange(1, 64)]
    public int CrossEvery { get; init; } = 2;

    /// <summary>What reads the question, as InstructBLIP's queries do: <c>decoder</c>, <c>bert</c> or <c>t5</c>; nothing where silent.</summary>
    public RecipeNode? Text { get; init; }

    /// <summary>The most tokens of a question that are read.</summary>
    [RecipeRange(1, 1024)]
    public int Length { get; init; } = 64;

    /// <summary>Which question of a conversation: <c>first</c>, of the exchange in which the picture stands, or <c>last</c>.</summary>
    public Alignment.QuestionTurn Question { get; init; }

    /// <summary>Standard deviation of a fresh output relative to the usual initialisation.</summary>
    [RecipeRange(0)]
    public double OutputScale { get; init; } = 1;

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Message)> Validate()
    {
        if (HiddenSize % Heads != 0)
        {
            yield return (nameof(HiddenSize), $"must be a multiple of heads ({Heads}), found {HiddenSize}.");
        }
    }
}

/// <summary>Options of blocks of patches.</summary>
public sealed record PixelShuffleOptions
{
    /// <summary>Patches of a block on a side; both sides of the tower's grid must be multiples of it.</summary>
    [RecipeRange(1, 16)]
    public int Factor { get; init; } = 2;

    /// <summary>Standard deviation of a fresh output relative to the usual initialisation.</summary>
    [RecipeRange(0)]
    public double OutputScale { get; init; } = 1;
}
