namespace Collimate.Verification;

/// <summary>How large an error may be, from what the recorded values are like.</summary>
/// <remarks>
/// A rounding error grows with the numbers it is made on, so an output's tolerance follows its own magnitude: the root mean square where
/// that is above one, the largest value where that is below. Where the recording says how far its 32-bit numbers lie from a 64-bit run,
/// three times that distance is allowed too, as our own rounding is another draw of the same size.
/// </remarks>
/// <param name="chosen">The tolerance that the user asked for; with one, the recording's own exactness plays no part.</param>
internal sealed class ToleranceRules(double? chosen)
{
    private const double LossFactor = 0.5;
    private const double GradientFactor = 5;
    private const double SpreadFactor = 3;
    private const double SmallestScale = 1e-3;

    // A gradient that is zero in exact arithmetic (that of a key's bias without rotation) holds nothing but rounding of the others.
    private const double SmallestGradientShare = 1e-3;

    private double Unit => chosen ?? VerificationOptions.DefaultTolerance;

    /// <summary>For a tensor.</summary>
    /// <param name="largest">Its largest absolute value.</param>
    /// <param name="rootMeanSquare">Its root mean square.</param>
    /// <param name="spread">How exact the recording is, where it says so.</param>
    public double Output(double largest, double rootMeanSquare, double? spread) =>
        Widened(Unit * (rootMeanSquare > 1 ? rootMeanSquare : Math.Clamp(largest, SmallestScale, 1)), spread);

    /// <summary>For a loss or a sequence's score.</summary>
    /// <param name="recorded">Its value.</param>
    /// <param name="exact">The same of a 64-bit run, where it was recorded.</param>
    public double Loss(double recorded, double? exact) =>
        Widened(Unit * LossFactor * Math.Max(Math.Abs(recorded), SmallestScale), exact is { } value ? Math.Abs(recorded - value) : null);

    /// <summary>For a gradient.</summary>
    /// <param name="largest">Its largest absolute value.</param>
    /// <param name="largestOfAll">The largest absolute value of all recorded gradients.</param>
    public double Gradient(double largest, double largestOfAll) =>
        Unit * GradientFactor * Math.Max(largest, SmallestGradientShare * largestOfAll);

    private double Widened(double tolerance, double? spread) =>
        chosen is null && spread is { } distance ? Math.Max(tolerance, SpreadFactor * distance) : tolerance;
}
