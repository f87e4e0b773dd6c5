using Collimate.Planning;

namespace Collimate.Recipes.Schema;

/// <summary>Where a stage keeps what its frozen vision tower says of pictures: <c>feature_cache: true</c>, a folder, or a map of these options.</summary>
public sealed record FeatureCacheOptions : IValidatedOptions
{
    private const string DefaultLimit = "32GiB";

    /// <summary>The folder, relative to the recipe; <c>cache</c> in the run's folder where silent. Runs and recipes may share one.</summary>
    public string? Path { get; init; }

    /// <summary>The most that the folder may hold, such as <c>32GiB</c>.</summary>
    public string Limit { get; init; } = DefaultLimit;

    /// <summary><see cref="Limit"/> in bytes.</summary>
    public long LimitBytes => ByteSize.TryParse(Limit, out var bytes) ? bytes : 0;

    /// <summary>Reads what a stage says.</summary>
    /// <param name="node">The value of <c>feature_cache</c>; null where the stage is silent.</param>
    /// <returns>The options, or null where nothing is kept.</returns>
    /// <exception cref="RecipeException">It is neither true or false, nor a folder, nor a map of options.</exception>
    public static FeatureCacheOptions? Read(RecipeNode? node) => node switch
    {
        null or RecipeScalar { IsNull: true } or RecipeScalar { IsQuoted: false, Text: "false" } => null,
        RecipeScalar { IsQuoted: false, Text: "true" } => new FeatureCacheOptions(),
        RecipeScalar folder => new FeatureCacheOptions { Path = folder.Text },
        RecipeMap map => RecipeBinder.Bind<FeatureCacheOptions>(map),
        _ => throw node.Error($"expected true, a folder, or a map with path and limit; found {node.Description}."),
    };

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Message)> Validate()
    {
        if (!ByteSize.TryParse(Limit, out _))
        {
            yield return (nameof(Limit), $"expected an amount such as {DefaultLimit}, found '{Limit}'.");
        }
    }
}
