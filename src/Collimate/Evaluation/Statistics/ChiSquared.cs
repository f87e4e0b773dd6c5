namespace Collimate.Evaluation.Statistics;

/// <summary>The chi-squared distribution with one degree of freedom.</summary>
internal static class ChiSquared
{
    private const double Switch = 3; // the series converges fast below, the fraction above

    /// <summary>The probability of a larger value: erfc(√(x / 2)).</summary>
    /// <param name="value">The value, at least 0.</param>
    internal static double Tail(double value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        var z = Math.Sqrt(value / 2);
        return z < Switch ? 1 - Series(z) : Fraction(z);
    }

    // erf(z) = 2/√π · exp(−z²) · Σ 2ⁿ z²ⁿ⁺¹ / (1·3·5…(2n+1))  (Abramowitz and Stegun 7.1.6)
    private static double Series(double z)
    {
        var (sum, term) = (z, z);
        for (var n = 1; term > sum * 1e-17; n++)
        {
            term *= 2 * z * z / ((2 * n) + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-z * z) * sum;
    }

    // erfc(z) = exp(−z²)/√π · 1/(z + (1/2)/(z + 1/(z + (3/2)/(z + …))))  (7.1.14)
    private static double Fraction(double z)
    {
        var below = z;
        for (var n = 80; n >= 1; n--)
        {
            below = z + (n / 2.0 / below);
        }

        return Math.Exp(-z * z) / Math.Sqrt(Math.PI) / below;
    }
}
