using Collimate.Models.Language;
using Collimate.Torch;

namespace Collimate.Alignment.Fusion.CrossAttention;

/// <summary>Gated cross-attention: before some layers of the decoder, words look at the visual tokens of the pictures before them. Source: Flamingo (Alayrac et al. 2022).</summary>
/// <remarks>Pictures need no places in the sequence (<c>composition: text_only</c>). What a picture gives each layer is made once for a generation.</remarks>
public sealed class CrossAttentionFusion : Module, IFusion
{
    private readonly SortedDictionary<int, GatedCrossAttention> blocks = [];

    /// <param name="options">How often, and the blocks' sizes.</param>
    /// <param name="language">The decoder's shape.</param>
    /// <param name="generator">Draws the first weights.</param>
    /// <exception cref="ArgumentException">The decoder has fewer layers than <see cref="CrossAttentionOptions.Every"/> says.</exception>
    public CrossAttentionFusion(CrossAttentionOptions options, LanguageConfig language, Generator? generator = null)
    {
        Options = options;
        if (options.FaultIn(language.LayerCount) is { } fault)
        {
            throw new ArgumentException(fault, nameof(options));
        }

        for (var layer = options.Every - 1; layer < language.LayerCount; layer += options.Every)
        {
            blocks[layer] = AddModule($"layers.{layer}", new GatedCrossAttention(language.HiddenSize, options, generator));
        }
    }

    /// <summary>How often, and the blocks' sizes.</summary>
    public CrossAttentionOptions Options { get; }

    /// <summary>Numbers of the layers before which pictures are looked at, rising.</summary>
    public IReadOnlyCollection<int> Layers => blocks.Keys;

    /// <inheritdoc/>
    public FusionNeeds Needs => FusionNeeds.VisualTokens;

    /// <inheritdoc/>
    public ILayerHook? Prepare(FusionInput input) => new CrossAttentionHook(blocks, input.Visual, MediaSight.Of(input, Options.Sees));

    /// <inheritdoc/>
    public void ReportGradients(MeasureSet measures) => LayerGradients.Report(blocks.Select(entry => (entry.Key, (Module)entry.Value)), measures);
}
