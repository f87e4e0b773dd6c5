namespace Collimate.Models.Permutation;

/// <summary>The course of a temperature: from its start to its end along half a cosine, τ(p) = end + (start − end)(1 + cos πp)/2.</summary>
/// <param name="Start">The temperature at the beginning.</param>
/// <param name="End">The temperature at the end.</param>
public readonly record struct TemperatureSchedule(double Start, double End)
{
    /// <summary>The temperature at a place of the course.</summary>
    /// <param name="progress">From 0 at the beginning to 1 at the end.</param>
    public double At(double progress) => End + (0.5 * (Start - End) * (1 + Math.Cos(Math.PI * Math.Clamp(progress, 0, 1))));

    /// <summary>Why the schedule cannot be used; null where it can.</summary>
    public string? Fault => double.IsFinite(Start) && double.IsFinite(End) && Start > 0 && End > 0
        ? null
        : FormattableString.Invariant($"a temperature divides, so both ends are numbers above 0; found {Start} and {End}");
}
