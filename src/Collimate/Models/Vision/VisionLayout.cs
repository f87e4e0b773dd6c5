using Collimate.Models.Encoders;

namespace Collimate.Models.Vision;

/// <summary>How a family's checkpoints call and shape what stands before and after the layers.</summary>
/// <param name="Patches">The patch embedding.</param>
/// <param name="Positions">The positions.</param>
/// <param name="ClassToken">The class token.</param>
/// <param name="FinalNorm">The norm after the layers.</param>
/// <param name="HasBatchDimension">Whether class token and positions are stored as <c>[1, tokens, width]</c>.</param>
/// <param name="Layers">The parts of a layer.</param>
internal sealed record VisionLayout(string Patches, string Positions, string ClassToken, string FinalNorm, bool HasBatchDimension, EncoderNames Layers)
{
    private static readonly VisionLayout Contrastive = new(
        "embeddings.patch_embedding", "embeddings.position_embedding.weight", "embeddings.class_embedding", "post_layernorm", false, EncoderNames.Clip);

    private static readonly VisionLayout Plain = new(
        "embeddings.patch_embeddings.projection", "embeddings.position_embeddings", "embeddings.cls_token", "layernorm", true, EncoderNames.Vit);

    /// <summary>The layout of a configuration's checkpoints.</summary>
    public static VisionLayout Of(VisionConfig config) => config.Family switch
    {
        EncoderFamily.Vit => Plain,
        EncoderFamily.Dinov2 => Plain with { Layers = config.IsGated ? EncoderNames.Dinov2Gated : EncoderNames.Dinov2 },
        _ => Contrastive,
    };
}
