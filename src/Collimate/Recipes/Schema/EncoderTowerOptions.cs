using Collimate.Models.Llava;

namespace Collimate.Recipes.Schema;

/// <summary>Options of eyes from a checkpoint folder in Hugging Face's layout: CLIP, SigLIP (whole or their vision half), DINOv2, ViT or ResNet.</summary>
public sealed record EncoderTowerOptions
{
    /// <summary>The checkpoint folder.</summary>
    public required string Path { get; init; }

    /// <summary>Which hidden state the patches are: -1 is the last, with its final norm where the family has one over all tokens, -2 the one before without; of a ResNet, which stage.</summary>
    [RecipeRange(-64, -1)]
    public int Layer { get; init; } = -1;

    /// <summary>Whether the class token is left out (<c>default</c>) or handed on before the patches (<c>full</c>).</summary>
    public FeatureSelection Patches { get; init; }

    /// <summary>Side of the pictures in pixels where it is not to be the checkpoint's own; positions are interpolated then.</summary>
    [RecipeRange(1, 4096)]
    public int? ImageSize { get; init; }
}
