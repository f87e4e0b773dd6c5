using Collimate.Alignment.Towers;
using Collimate.Imaging;
using Collimate.Torch;

namespace Collimate.Alignment.Reasoning;

/// <summary>The towers that look at a puzzle's picture, each prepared as it wants it; what each saw stays apart.</summary>
public sealed class ReasonerEyes : Module
{
    private readonly (IVisionTower Tower, ImageProcessor Processor)[] towers;

    /// <param name="towers">The towers and what prepares their pictures, in the order of their features; owned from now on.</param>
    public ReasonerEyes(IReadOnlyList<(IVisionTower Tower, ImageProcessor Processor)> towers)
    {
        this.towers = [.. towers];
        foreach (var (at, (tower, _)) in towers.Index())
        {
            AddModule($"{at}", (Module)tower);
        }
    }

    /// <summary>Width of each tower's features.</summary>
    public IReadOnlyList<int> Widths => [.. towers.Select(entry => entry.Tower.Width)];

    /// <summary>How many tokens each tower gives for a picture.</summary>
    public IReadOnlyList<int> TokenCounts => [.. towers.Select(entry => entry.Tower.TokenCount)];

    /// <summary>The towers and what prepares their pictures.</summary>
    public IReadOnlyList<(IVisionTower Tower, ImageProcessor Processor)> Towers => towers;

    /// <summary>Looks at picture files with one tower.</summary>
    /// <param name="tower">Which tower.</param>
    /// <param name="paths">The files.</param>
    /// <returns><c>[pictures, tokens, width]</c></returns>
    /// <exception cref="ImageException">A file is absent, damaged or no picture.</exception>
    public Tensor Look(int tower, IReadOnlyList<string> paths)
    {
        var (eye, processor) = towers[tower];
        var (length, size) = (processor.OutputLength, processor.OutputSize);
        var pixels = new float[paths.Count * length];
        for (var k = 0; k < paths.Count; k++)
        {
            processor.Process(ImageCodec.Load(paths[k]), pixels.AsSpan(k * length, length));
        }

        using var scope = new TensorScope();
        var device = Parameters().First().Device;
        return scope.Escape(eye.Encode(Tensor.From(pixels, [paths.Count, 3, size.Height, size.Width], device), null));
    }
}
