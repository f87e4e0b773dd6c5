using Collimate.Models.Language;

namespace Collimate.Alignment.Fusion.InverseLlava;

/// <summary>Widths of a layer in which vision enters.</summary>
/// <param name="Hidden">The decoder's width.</param>
/// <param name="Vision">Width of a patch.</param>
/// <param name="Query">Width of a query.</param>
/// <param name="KeyValue">Width of a key, and of a value.</param>
internal readonly record struct FusedShape(int Hidden, int Vision, int Query, int KeyValue)
{
    /// <summary>Width of query, key and value side by side.</summary>
    public int Output => Query + (2 * KeyValue);

    /// <summary>Query, key and value by name, with their widths.</summary>
    public (string Name, int Width)[] Parts => [("query", Query), ("key", KeyValue), ("value", KeyValue)];

    /// <summary>The widths of a decoder's layers.</summary>
    public static FusedShape Of(LanguageConfig config, int vision) =>
        new(config.HiddenSize, vision, config.HeadCount * config.HeadSize, config.KeyValueHeadCount * config.HeadSize);

    /// <summary>The same parts under a common beginning of their names.</summary>
    public (string Name, int Width)[] PartsOf(string lot) => [.. Parts.Select(part => ($"{lot}_{part.Name}", part.Width))];
}
