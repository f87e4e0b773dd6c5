using Collimate.Torch;

namespace Collimate.Recipes.Schema;

/// <summary>What the seams' factories need besides their options.</summary>
/// <param name="Folder">The folder that relative paths of a recipe start from.</param>
/// <param name="Generator">Draws the weights of fresh parts.</param>
/// <param name="VisionWidth">Width of a patch's features.</param>
/// <param name="HiddenWidth">The decoder's width.</param>
public sealed record SeamContext(string Folder, Generator Generator, int VisionWidth, int HiddenWidth)
{
    /// <summary>A path of a recipe made absolute.</summary>
    public string Resolve(string path) => Path.GetFullPath(path, Folder);
}
