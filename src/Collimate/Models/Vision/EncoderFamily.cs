namespace Collimate.Models.Vision;

/// <summary>The two kinds of contrastively trained encoders; they differ in tokens, norms and pooling.</summary>
public enum EncoderFamily
{
    /// <summary>SigLIP: no class token, a bias on the patch embedding, a final norm over all patches, attention pooling; text pooled at its last position.</summary>
    Siglip,

    /// <summary>CLIP: a class token, norms before the encoder and on the pooled token, linear projections to a joint space; causal text pooled at its end token.</summary>
    Clip,
}
