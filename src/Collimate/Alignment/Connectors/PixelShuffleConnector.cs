using Collimate.Alignment.Towers;
using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Alignment.Connectors;

/// <summary>Makes one token of every block of patches: their features one after the other, normalised and brought to the decoder's width by two layers with GELU. Four times fewer tokens at a factor of 2.</summary>
/// <remarks>
/// Sources: Shi et al. 2016 (space to depth); InternVL 1.5 (Chen et al. 2024), <c>mlp1</c>: norm, linear, GELU, linear. The features of a block follow each other row by row, as in SmolVLM;
/// InternVL's own order of channels is another, which only matters to its checkpoints.
/// </remarks>
public sealed class PixelShuffleConnector : Module, IConnector
{
    private readonly PatchGrid grid;
    private readonly int factor;
    private readonly LayerNorm norm;
    private readonly Linear first;
    private readonly Linear second;

    /// <param name="visionWidth">Width of a patch's features.</param>
    /// <param name="grid">How patches lie on the picture.</param>
    /// <param name="factor">Patches of a block on a side.</param>
    /// <param name="hidden">The decoder's width.</param>
    /// <param name="outputScale">Standard deviation of a fresh output relative to the usual initialisation.</param>
    /// <param name="generator">Draws the initial weights.</param>
    /// <exception cref="ArgumentException">The grid cannot be cut into such blocks.</exception>
    public PixelShuffleConnector(int visionWidth, PatchGrid grid, int factor, int hidden, double outputScale, Generator? generator)
    {
        if (grid.Count == 0 || grid.Rows % factor != 0 || grid.Columns % factor != 0)
        {
            throw new ArgumentException($"{grid.Rows} x {grid.Columns} patches cannot be cut into blocks of {factor} x {factor}; give the tower an image_size of which both sides can, or take another factor", nameof(grid));
        }

        (this.grid, this.factor) = (grid, factor);
        var wide = visionWidth * factor * factor;
        norm = AddModule("mlp1.0", new LayerNorm(wide));
        first = AddModule("mlp1.1", new Linear(wide, hidden, generator: generator));
        second = AddModule("mlp1.3", new Linear(hidden, hidden, generator: generator));
        FreshOutput.Scale(second, outputScale);
    }

    /// <inheritdoc/>
    public int TokenCount(int patches) => patches == grid.Count
        ? patches / (factor * factor)
        : throw new ArgumentException($"blocks are made of a grid of {grid.Count} patches, and the tower gives {patches} tokens; a class token or text beside the patches has no place in a block", nameof(patches));

    /// <inheritdoc/>
    public PatchGrid? GridOf(PatchGrid patches) => new PatchGrid(patches.Rows / factor, patches.Columns / factor);

    /// <inheritdoc/>
    public Tensor Project(Tensor patches, PictureQuestions? asked = null)
    {
        using var scope = new TensorScope();
        var (images, width) = (patches.Size(0), patches.Size(2));
        var blocks = patches.View(images, grid.Rows / factor, factor, grid.Columns / factor, factor, width)
            .Permute(0, 1, 3, 2, 4, 5)
            .Reshape(images, grid.Count / (factor * factor), factor * factor * width);   // [images, blocks, factor² · width]
        return scope.Escape(second.Forward(first.Forward(norm.Forward(blocks)).Gelu())); // [images, blocks, hidden]
    }
}
