namespace Collimate.Generation;

/// <summary>When beam search stops looking for better sequences, once it has as many complete ones as beams.</summary>
/// <remarks>Hugging Face: <c>early_stopping</c>, the values <c>False</c>, <c>True</c> and <c>"never"</c>.</remarks>
public enum BeamStopping
{
    /// <summary>When the best beam, were it complete now, would not beat the worst complete sequence. It may miss longer sequences that a positive length penalty favours.</summary>
    Heuristic,

    /// <summary>At once.</summary>
    WhenEnough,

    /// <summary>When no beam can become better than the worst complete sequence, however it goes on.</summary>
    WhenCertain,
}
