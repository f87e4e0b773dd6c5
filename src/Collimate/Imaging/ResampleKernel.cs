namespace Collimate.Imaging;

/// <summary>For every target position of one axis, which source positions count and with what fixed-point weight.</summary>
/// <remarks>Pillow 9.4, Resample.c: <c>precompute_coeffs</c> and <c>normalize_coeffs_8bpc</c>; the order of operations is theirs, because the last bit depends on it.</remarks>
internal sealed class ResampleKernel
{
    /// <summary>Fraction bits of a weight: 32 less 8 for the pixel and 2 for overshoot and sign.</summary>
    public const int FractionBits = 32 - 8 - 2;

    private ResampleKernel(int taps, int[] first, int[] count, int[] weights)
    {
        Taps = taps;
        First = first;
        Count = count;
        Weights = weights;
    }

    /// <summary>The most weights a target position has; the stride of <see cref="Weights"/>.</summary>
    public int Taps { get; }

    /// <summary>The first source position of each target position.</summary>
    public int[] First { get; }

    /// <summary>How many source positions each target position has.</summary>
    public int[] Count { get; }

    /// <summary>[target, Taps], unused ones 0.</summary>
    public int[] Weights { get; }

    /// <summary>The weights of one target position.</summary>
    public ReadOnlySpan<int> WeightsOf(int target) => Weights.AsSpan(target * Taps, Count[target]);

    /// <summary>The most pairs of neighbouring source positions that a target position has.</summary>
    public int PairCount => (Taps + 1) / 2;

    /// <summary>Weights for pairs of pixels of four bytes: [target, <see cref="PairCount"/>, pixel, byte].</summary>
    /// <param name="first">The first target position.</param>
    /// <param name="count">How many.</param>
    public int[] Pairs(int first, int count)
    {
        var table = new int[checked(count * PairCount * 8)];
        for (var target = 0; target < count; target++)
        {
            var weights = WeightsOf(first + target);
            for (var tap = 0; tap < weights.Length; tap++)
            {
                table.AsSpan((target * PairCount * 8) + (tap * 4), 4).Fill(weights[tap]);
            }
        }

        return table;
    }

    public static ResampleKernel Create(int sourceSize, int targetSize, ResampleFilter filter)
    {
        var scale = (double)sourceSize / targetSize;
        var filterScale = Math.Max(scale, 1.0);
        var support = Support(filter) * filterScale;
        var taps = ((int)Math.Ceiling(support) * 2) + 1;
        var inverse = 1.0 / filterScale;
        var first = new int[targetSize];
        var count = new int[targetSize];
        var weights = new int[checked(targetSize * taps)];
        var exact = new double[taps];
        for (var target = 0; target < targetSize; target++)
        {
            var centre = (target + 0.5) * scale;
            var low = Math.Max(0, (int)(centre - support + 0.5));
            var high = Math.Min(sourceSize, (int)(centre + support + 0.5));
            var sum = 0.0;
            for (var i = 0; i < high - low; i++)
            {
                exact[i] = Weight(filter, (i + low - centre + 0.5) * inverse);
                sum += exact[i];
            }

            for (var i = 0; i < high - low; i++)
            {
                var share = sum != 0.0 ? exact[i] / sum : exact[i];
                weights[(target * taps) + i] = (int)((share < 0 ? -0.5 : 0.5) + (share * (1 << FractionBits)));
            }

            first[target] = low;
            count[target] = high - low;
        }

        return new ResampleKernel(taps, first, count, weights);
    }

    private static double Support(ResampleFilter filter) => filter switch
    {
        ResampleFilter.Box => 0.5,
        ResampleFilter.Bilinear or ResampleFilter.Hamming => 1.0,
        ResampleFilter.Bicubic => 2.0,
        ResampleFilter.Lanczos => 3.0,
        _ => throw new ArgumentOutOfRangeException(nameof(filter), filter, "this filter has no weights"),
    };

    internal static double Weight(ResampleFilter filter, double x) => filter switch
    {
        ResampleFilter.Box => x is > -0.5 and <= 0.5 ? 1.0 : 0.0,
        ResampleFilter.Bilinear => Math.Max(0.0, 1.0 - Math.Abs(x)),
        ResampleFilter.Hamming => Hamming(Math.Abs(x)),
        ResampleFilter.Bicubic => Cubic(Math.Abs(x)),
        _ => x is >= -3.0 and < 3.0 ? Sinc(x) * Sinc(x / 3) : 0.0,
    };

    private static double Cubic(double x)
    {
        const double a = -0.5;
        return x < 1.0 ? ((((a + 2.0) * x) - (a + 3.0)) * x * x) + 1
            : x < 2.0 ? ((((x - 5) * x) + 8) * x - 4) * a
            : 0.0;
    }

    private static double Hamming(double x)
    {
        if (x == 0.0)
        {
            return 1.0;
        }

        if (x >= 1.0)
        {
            return 0.0;
        }

        x *= Math.PI;
        return Math.Sin(x) / x * (0.54 + (0.46 * Math.Cos(x)));
    }

    private static double Sinc(double x)
    {
        if (x == 0.0)
        {
            return 1.0;
        }

        x *= Math.PI;
        return Math.Sin(x) / x;
    }
}
