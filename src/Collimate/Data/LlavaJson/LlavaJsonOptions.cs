using Collimate.Data.Records;

namespace Collimate.Data.LlavaJson;

/// <summary>Options of a LLaVA JSON file, an array of <c>{"id", "image", "conversations": [{"from", "value"}]}</c>, as a source of samples.</summary>
public sealed record LlavaJsonOptions : SplitFileOptions
{
    /// <summary>The same with relative paths made absolute.</summary>
    /// <param name="resolve">Makes a path of the recipe absolute.</param>
    internal LlavaJsonOptions Resolved(Func<string, string> resolve) =>
        this with { Path = resolve(Path), ImageFolder = ImageFolder is null ? null : resolve(ImageFolder) };
}
