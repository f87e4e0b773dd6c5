using Collimate.Data.Records;

namespace Collimate.Data.Vsft;

/// <summary>Options of a file of messages with typed content as a source of samples: <c>{"messages": […], "images": […]}</c> as an array, or one a line.</summary>
public sealed record VsftOptions : SplitFileOptions
{
    /// <summary>Whether only the first question and its answer are taken.</summary>
    public bool FirstExchange { get; init; }

    /// <summary>The same with relative paths made absolute.</summary>
    /// <param name="resolve">Makes a path of the recipe absolute.</param>
    internal VsftOptions Resolved(Func<string, string> resolve) =>
        this with { Path = resolve(Path), ImageFolder = ImageFolder is null ? null : resolve(ImageFolder) };
}
