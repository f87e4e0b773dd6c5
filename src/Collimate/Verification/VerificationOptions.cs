namespace Collimate.Verification;

/// <summary>How strictly a checkpoint is held against its recording.</summary>
public sealed record VerificationOptions
{
    /// <summary>The tolerance of tensors of unit scale where none is chosen.</summary>
    public const double DefaultTolerance = 2e-5;

    /// <summary>
    /// The largest absolute error of an output of unit scale; losses are held to half of it (relative), gradients to five times as much
    /// (relative to their largest value). Null stands for <see cref="DefaultTolerance"/>, widened where the recording itself says that its
    /// 32-bit numbers lie further than that from a 64-bit run.
    /// </summary>
    public double? Tolerance { get; init; }

    /// <summary>Whether a checkpoint that holds other tensors than its model is refused.</summary>
    public bool Strict { get; init; } = true;

    /// <summary>Checks every value against its range.</summary>
    /// <exception cref="ArgumentException">A value lies outside; the message names it.</exception>
    public void Validate()
    {
        if (Tolerance is not (null or >= 0 and < double.PositiveInfinity))
        {
            throw new ArgumentException($"Tolerance is {Tolerance}; expected a number of at least 0", nameof(Tolerance));
        }
    }
}
