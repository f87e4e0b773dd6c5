namespace Collimate.Verification;

/// <summary>What a recorded number is; each kind has its own tolerance.</summary>
public enum ComparisonKind
{
    /// <summary>A tensor of <c>outputs.safetensors</c>.</summary>
    Output,

    /// <summary>A loss, or the score of a generated sequence, of <c>expected.json</c>.</summary>
    Loss,

    /// <summary>A tensor of <c>grads.safetensors</c>.</summary>
    Gradient,

    /// <summary>Generated token ids; they agree or they do not.</summary>
    Generation,

    /// <summary>A whole number of <c>expected.json</c> that counts something.</summary>
    Count,
}
