namespace Collimate.Recipes.Schema;

/// <summary>Options of several towers that look at the same picture, their patches side by side on the channels.</summary>
public sealed record FusedTowerOptions : IValidatedOptions
{
    /// <summary>The towers, in the order of their channels; the first's grid is that of the patches.</summary>
    public required IReadOnlyList<EncoderTowerOptions> Towers { get; init; }

    /// <summary>Whether a tower with another grid is interpolated to the first's.</summary>
    public bool Interpolate { get; init; }

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Message)> Validate()
    {
        if (Towers.Count < 2)
        {
            yield return (nameof(Towers), $"must name two towers or more, found {Towers.Count}; one alone is type: encoder.");
        }
    }
}

/// <summary>Options of a tower that looks at a picture at several scales.</summary>
public sealed record MultiScaleOptions : IValidatedOptions
{
    /// <summary>The tower.</summary>
    public required EncoderTowerOptions Tower { get; init; }

    /// <summary>The scales, in the order of their channels: at scale s the picture is s × s tiles of the tower's own size.</summary>
    [RecipeRange(1, 8)]
    public IReadOnlyList<int> Scales { get; init; } = [1, 2];

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Message)> Validate()
    {
        if (Scales.Count == 0 || Scales.Distinct().Count() != Scales.Count)
        {
            yield return (nameof(Scales), $"must name at least one scale, and none twice; found [{string.Join(", ", Scales)}].");
        }
    }
}
