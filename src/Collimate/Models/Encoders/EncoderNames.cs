namespace Collimate.Models.Encoders;

/// <summary>How a family's checkpoints call the parts of a layer: the layers are alike, their names are not.</summary>
/// <param name="Layers">Prefix of the layers' numbers, below the encoder.</param>
/// <param name="Norm1">The norm before attention.</param>
/// <param name="Attention">The attention block.</param>
/// <param name="Query">Query projection, below the attention block.</param>
/// <param name="Key">Key projection, below the attention block.</param>
/// <param name="Value">Value projection, below the attention block.</param>
/// <param name="Output">Output projection, below the attention block.</param>
/// <param name="Norm2">The norm before the feed-forward block.</param>
/// <param name="Widen">The feed-forward block's first matrix.</param>
/// <param name="Narrow">The feed-forward block's second matrix.</param>
internal sealed record EncoderNames(
    string Layers, string Norm1, string Attention, string Query, string Key, string Value, string Output, string Norm2, string Widen, string Narrow)
{
    /// <summary>CLIP and SigLIP, on both sides.</summary>
    public static EncoderNames Clip { get; } = new(
        "layers", "layer_norm1", "self_attn", "q_proj", "k_proj", "v_proj", "out_proj", "layer_norm2", "mlp.fc1", "mlp.fc2");

    /// <summary>ViT.</summary>
    public static EncoderNames Vit { get; } = new(
        "layer", "layernorm_before", "attention", "attention.query", "attention.key", "attention.value", "output.dense", "layernorm_after", "intermediate.dense", "output.dense");

    /// <summary>DINOv2 with a plain feed-forward block.</summary>
    public static EncoderNames Dinov2 { get; } = Vit with { Norm1 = "norm1", Norm2 = "norm2", Widen = "mlp.fc1", Narrow = "mlp.fc2" };

    /// <summary>DINOv2 with a gated one.</summary>
    public static EncoderNames Dinov2Gated { get; } = Dinov2 with { Widen = "mlp.weights_in", Narrow = "mlp.weights_out" };
}
