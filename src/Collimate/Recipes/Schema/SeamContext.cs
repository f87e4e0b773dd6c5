using Collimate.Models.Language;
using Collimate.Torch;

namespace Collimate.Recipes.Schema;

/// <summary>What the seams' factories need besides their options.</summary>
/// <param name="Folder">The folder that relative paths of a recipe start from.</param>
/// <param name="Generator">Draws the weights of fresh parts.</param>
/// <param name="VisionWidth">Width of a patch's features.</param>
/// <param name="HiddenWidth">The decoder's width.</param>
/// <param name="ModelFolder">The folder of a trained model whose parts are made by their configuration alone, their weights to follow; null to read the parts' own checkpoints.</param>
public sealed record SeamContext(string Folder, Generator Generator, int VisionWidth, int HiddenWidth, string? ModelFolder = null)
{
    /// <summary>The decoder's shape; null until it is known.</summary>
    public LanguageConfig? Language { get; init; }

    /// <summary>The model that a stage trains, for its objectives; null while it is being made.</summary>
    public BuiltModel? Built { get; init; }

    /// <summary>Whether data sources leave records that cannot be used to whoever draws them, rather than refuse the whole file.</summary>
    public bool LeavesBadRecords { get; init; }

    /// <summary>Where the vision tower's files lie.</summary>
    public string VisionFolder(string path) => ModelFolder is null ? Resolve(path) : Path.Combine(ModelFolder, "vision");

    /// <summary>Where the decoder's files lie.</summary>
    public string LanguageFolder(string path) => ModelFolder is null ? Resolve(path) : Path.Combine(ModelFolder, "language");

    /// <summary>A path of a recipe made absolute.</summary>
    public string Resolve(string path) => Path.GetFullPath(path, Folder);
}
