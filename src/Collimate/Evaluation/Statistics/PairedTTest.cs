namespace Collimate.Evaluation.Statistics;

/// <summary>A paired t-test on the differences of two recipes, seed by seed.</summary>
/// <remarks>Student 1908. It asks whether the difference would show again with other seeds; it supposes that differences are roughly normal, which a few seeds can neither show nor refute.</remarks>
/// <param name="Seeds">How many seeds both have.</param>
/// <param name="Mean">The mean difference.</param>
/// <param name="Statistic">Student's t; infinite where all differences are equal and not zero.</param>
/// <param name="P">The two-sided p-value; NaN for fewer than two seeds.</param>
/// <param name="Low">Where the 95 % interval of the mean difference begins; NaN for fewer than two seeds.</param>
/// <param name="High">Where it ends.</param>
public sealed record PairedTTest(int Seeds, double Mean, double Statistic, double P, double Low, double High)
{
    /// <summary>Tests differences.</summary>
    /// <param name="differences">The difference of each seed.</param>
    public static PairedTTest Of(IReadOnlyList<double> differences)
    {
        var spread = Spread.Of(differences);
        if (differences.Count < 2)
        {
            return new PairedTTest(differences.Count, spread.Mean, double.NaN, double.NaN, double.NaN, double.NaN);
        }

        var error = spread.Deviation / Math.Sqrt(differences.Count);
        if (error == 0)
        {
            return new PairedTTest(differences.Count, spread.Mean, spread.Mean == 0 ? 0 : double.PositiveInfinity * Math.Sign(spread.Mean), spread.Mean == 0 ? 1 : 0, spread.Mean, spread.Mean);
        }

        var (t, freedom) = (spread.Mean / error, differences.Count - 1);
        var reach = Quantile(0.05, freedom) * error;
        return new PairedTTest(differences.Count, spread.Mean, t, TwoSided(t, freedom), spread.Mean - reach, spread.Mean + reach);
    }

    /// <summary>How likely Student's t is at least as far from 0.</summary>
    /// <param name="t">The statistic.</param>
    /// <param name="freedom">The degrees of freedom.</param>
    internal static double TwoSided(double t, int freedom) => IncompleteBeta(freedom / 2.0, 0.5, freedom / (freedom + (t * t)));

    // Where TwoSided falls to p: by halving.
    private static double Quantile(double p, int freedom)
    {
        var (low, high) = (0.0, 1e4);
        for (var k = 0; k < 100; k++)
        {
            var middle = (low + high) / 2;
            (low, high) = TwoSided(middle, freedom) > p ? (middle, high) : (low, middle);
        }

        return high;
    }

    // The regularised incomplete beta function by its continued fraction (NIST DLMF 8.17.22), evaluated as Lentz does.
    private static double IncompleteBeta(double a, double b, double x)
    {
        if (x is <= 0 or >= 1)
        {
            return x <= 0 ? 0 : 1;
        }

        if (x > (a + 1) / (a + b + 2))
        {
            return 1 - IncompleteBeta(b, a, 1 - x);
        }

        const double tiny = 1e-300;
        var (fraction, c, d) = (1.0, 1.0, 1 - ((a + b) * x / (a + 1)));
        d = 1 / (Math.Abs(d) < tiny ? tiny : d);
        fraction = d;
        for (var m = 1; m <= 500; m++)
        {
            var even = m * (b - m) * x / ((a + (2 * m) - 1) * (a + (2 * m)));
            var odd = -(a + m) * (a + b + m) * x / ((a + (2 * m)) * (a + (2 * m) + 1));
            foreach (var term in (ReadOnlySpan<double>)[even, odd])
            {
                d = 1 + (term * d);
                d = 1 / (Math.Abs(d) < tiny ? tiny : d);
                c = 1 + (term / c);
                c = Math.Abs(c) < tiny ? tiny : c;
                fraction *= c * d;
            }

            if (Math.Abs((c * d) - 1) < 1e-15)
            {
                break;
            }
        }

        return Math.Exp(LogGamma(a + b) - LogGamma(a) - LogGamma(b) + (a * Math.Log(x)) + (b * Math.Log(1 - x))) * fraction / a;
    }

    /// <summary>The logarithm of the gamma function for positive numbers: Stirling's series above 10 (NIST DLMF 5.11.1), stepped down to.</summary>
    internal static double LogGamma(double x)
    {
        var shift = 0.0;
        for (; x < 10; x++)
        {
            shift += Math.Log(x);
        }

        var square = 1 / (x * x);
        return ((x - 0.5) * Math.Log(x)) - x + (0.5 * Math.Log(2 * Math.PI)) + ((1 / 12.0) - (square * ((1 / 360.0) - (square * ((1 / 1260.0) - (square * ((1 / 1680.0) - (square / 1188.0)))))))) / x - shift;
    }
}
