namespace Collimate.Inspection.Rotary;

/// <summary>How the attention score of two fixed vectors changes with their distance under rotary positions.</summary>
/// <remarks>
/// Rotary positions (Su et al. 2021) turn each pair of numbers (2i, 2i+1) by position · base^(−2i/width). A score then depends on the difference of positions alone:
/// q·R(d)k / √width. Over random vectors the score at distance d keeps, of the score at distance 0, the mean cosine of its angles; the rest is drawn anew.
/// </remarks>
public sealed class RotaryDistance
{
    private readonly double[] real;
    private readonly double[] imaginary;
    private readonly double[] frequencies;

    /// <param name="query">The vector of the position that looks.</param>
    /// <param name="key">The vector of the position looked at, as long; an even length.</param>
    /// <param name="theta">The base of the frequencies.</param>
    /// <exception cref="ArgumentException">The vectors cannot be paired.</exception>
    public RotaryDistance(ReadOnlySpan<double> query, ReadOnlySpan<double> key, double theta = 10000)
    {
        if (query.Length != key.Length || query.Length == 0 || query.Length % 2 != 0)
        {
            throw new ArgumentException($"rotary positions turn pairs of numbers, but the vectors have {query.Length} and {key.Length}; give both the same even length", nameof(key));
        }

        var pairs = query.Length / 2;
        (real, imaginary, frequencies) = (new double[pairs], new double[pairs], new double[pairs]);
        for (var i = 0; i < pairs; i++)
        {
            var (a, b, c, d) = (query[2 * i], query[(2 * i) + 1], key[2 * i], key[(2 * i) + 1]);
            (real[i], imaginary[i]) = ((a * c) + (b * d), (b * c) - (a * d)); // (a + ib) times the conjugate of (c + id)
            frequencies[i] = Math.Pow(theta, -2.0 * i / query.Length);
        }
    }

    /// <summary>The example of GPS's paper: random vectors of width 2048, NumPy's seed 100, base 10000.</summary>
    /// <param name="width">Their width.</param>
    /// <param name="theta">The base of the frequencies.</param>
    /// <param name="seed">NumPy's seed; the first numbers are the query.</param>
    public static RotaryDistance Random(int width = 2048, double theta = 10000, uint seed = 100)
    {
        var random = new LegacyRandom(seed);
        var query = random.Normals(width);
        return new RotaryDistance(query, random.Normals(width), theta);
    }

    /// <summary>The score.</summary>
    /// <param name="distance">The query's position less the key's; negative where the key comes later.</param>
    public double Score(double distance)
    {
        var sum = 0.0;
        for (var i = 0; i < real.Length; i++)
        {
            var (sine, cosine) = Math.SinCos(distance * frequencies[i]);
            sum += (real[i] * cosine) - (imaginary[i] * sine);
        }

        return sum / Math.Sqrt(2 * real.Length);
    }

    /// <summary>The share of the score at distance 0 that is left on average over random vectors.</summary>
    /// <param name="distance">The distance.</param>
    public double Kept(double distance) => frequencies.Average(frequency => Math.Cos(distance * frequency));
}
