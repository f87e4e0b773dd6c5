using Collimate.Models.Language;
using Collimate.Torch;

namespace Collimate.Alignment.Fusion.InverseLlava;

/// <summary>
/// Inverse-LLaVA: no picture becomes words. Pictures' places are empty in the sequence, and in chosen layers of the decoder vision enters query, key and value as it is, text being
/// brought to vision instead.
/// </summary>
/// <remarks>Equations, what of the paper and of the published program is reproduced, and what was measured are told in <c>docs/methods/inverse-llava.md</c>.</remarks>
public sealed class InverseLlavaFusion : Module, IFusion
{
    private readonly SortedDictionary<int, FusedLayer> layers = [];
    private readonly FusedShape shape;

    /// <param name="options">Layers, variant, first values.</param>
    /// <param name="language">The decoder's shape.</param>
    /// <param name="visionWidth">Width of a patch.</param>
    /// <param name="generator">Draws the first weights.</param>
    /// <exception cref="ArgumentException">The decoder has no such layer, or one is named twice.</exception>
    public InverseLlavaFusion(InverseLlavaOptions options, LanguageConfig language, int visionWidth, Generator? generator = null)
    {
        Options = options;
        shape = FusedShape.Of(language, visionWidth);
        if (options.FaultIn(language.LayerCount) is { } fault)
        {
            throw new ArgumentException(fault, nameof(options));
        }

        foreach (var layer in options.NumbersIn(language.LayerCount).Order())
        {
            layers[layer] = AddModule($"layers.{layer}", FusedLayer.Create(shape, options, generator));
        }
    }

    /// <summary>Layers, variant, first values.</summary>
    public InverseLlavaOptions Options { get; }

    /// <summary>Numbers of the layers in which vision enters, rising.</summary>
    public IReadOnlyCollection<int> Layers => layers.Keys;

    /// <inheritdoc/>
    public FusionNeeds Needs => FusionNeeds.Places;

    /// <inheritdoc/>
    public string? Caution => layers.Count == 1
        ? null
        : $"vision enters {layers.Count} layers ({string.Join(", ", layers.Keys)}); with more than one the paper reports unstable training. Watch fusion/gradient_norm of each layer in the log.";

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Pictures have another number of places than patches.</exception>
    public ILayerHook? Prepare(FusionInput input)
    {
        if (input.Patches is { } patches && input.Visual is { } visual && visual.Size(1) != patches.Size(1))
        {
            throw new ArgumentException($"a picture has {visual.Size(1)} places in the sequence for {patches.Size(1)} patches; as many are needed", nameof(input));
        }

        var lots = input.Patches is null ? null : PictureRows.Of(input, (int)input.Patches.Size(1), input.Patches.Device);
        return new InverseLlavaHook(layers, lots, lots is null ? null : input.Patches!.Reshape(-1, shape.Vision), input.IsEmptyAtPictures);
    }

    /// <inheritdoc/>
    public void ReportGradients(MeasureSet measures) => LayerGradients.Report(layers.Select(entry => (entry.Key, (Module)entry.Value)), measures);

    /// <inheritdoc/>
    public void MergeInto(CausalLanguageModel language)
    {
        foreach (var (layer, fused) in layers)
        {
            fused.MergeInto(language.ProjectionsOf(layer));
        }
    }
}
