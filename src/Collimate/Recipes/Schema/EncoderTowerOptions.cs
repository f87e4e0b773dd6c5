using Collimate.Models.Llava;

namespace Collimate.Recipes.Schema;

/// <summary>Options of eyes from a checkpoint folder in Hugging Face's layout: CLIP, SigLIP (whole or their vision half), DINOv2, ViT or ResNet.</summary>
public sealed record EncoderTowerOptions : IValidatedOptions
{
    /// <summary>The checkpoint folder.</summary>
    public required string Path { get; init; }

    /// <summary>Which hidden state the patches are: -1 is the last, with its final norm where the family has one over all tokens, -2 the one before without; of a ResNet, which stage.</summary>
    [RecipeRange(-64, -1)]
    public int Layer { get; init; } = -1;

    /// <summary>Several hidden states side by side in this order, instead of <c>layer</c>, such as [-1, -2]; none of them passes the final norm.</summary>
    [RecipeRange(-64, -1)]
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>Whether the class token is left out (<c>default</c>) or handed on before the patches (<c>full</c>).</summary>
    public FeatureSelection Patches { get; init; }

    /// <summary>Side of the pictures in pixels where it is not to be the checkpoint's own; positions are interpolated then.</summary>
    [RecipeRange(1, 4096)]
    public int? ImageSize { get; init; }

    /// <summary>The hidden states that are handed on.</summary>
    internal IReadOnlyList<int> States => Layers ?? [Layer];

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Message)> Validate()
    {
        if (Layers is { Count: 0 })
        {
            yield return (nameof(Layers), "names no hidden state; name at least one, such as [-1, -2], or say layer: -1.");
        }

        if (Layers is not null && Layer != -1)
        {
            yield return (nameof(Layer), "cannot stand beside 'layers', which names the hidden states already; leave one of the two out.");
        }
    }
}
