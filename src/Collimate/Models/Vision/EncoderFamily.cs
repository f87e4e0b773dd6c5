namespace Collimate.Models.Vision;

/// <summary>The kinds of encoders; they differ in tokens, norms and pooling. Text towers exist of the first two only.</summary>
public enum EncoderFamily
{
    /// <summary>SigLIP: no class token, a bias on the patch embedding, a final norm over all patches, attention pooling; text pooled at its last position.</summary>
    Siglip,

    /// <summary>CLIP: a class token, norms before the encoder and on the pooled token, linear projections to a joint space; causal text pooled at its end token.</summary>
    Clip,

    /// <summary>DINOv2: a class token and a mask token, learnt factors on every block (layer scale), a plain or gated feed-forward block, a final norm over all tokens; pooled by its class token. Pictures of any size.</summary>
    Dinov2,

    /// <summary>ViT: a class token, a final norm over all tokens; pooled by a dense layer with tanh on the class token, or not at all.</summary>
    Vit,
}
