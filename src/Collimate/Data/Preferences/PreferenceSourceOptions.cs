using Collimate.Data.Records;

namespace Collimate.Data.Preferences;

/// <summary>
/// Options of a file of preferences as a source of samples: an array of <c>{"id", "image", "conversations" or "prompt", "chosen", "rejected"}</c>; or LLaVA-RLHF's, with
/// <c>"output_1"</c>, <c>"output_2"</c> and <c>"preference"</c> (1 or 2) in place of the answers.
/// </summary>
public sealed record PreferenceSourceOptions : SplitFileOptions
{
    /// <summary>Whether every record must have a picture.</summary>
    public bool NeedsImage { get; init; }

    /// <summary>The same with relative paths made absolute.</summary>
    /// <param name="resolve">Makes a path of the recipe absolute.</param>
    internal PreferenceSourceOptions Resolved(Func<string, string> resolve) =>
        this with { Path = resolve(Path), ImageFolder = ImageFolder is null ? null : resolve(ImageFolder) };
}
