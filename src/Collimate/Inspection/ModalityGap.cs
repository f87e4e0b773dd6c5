using Collimate.Torch;

namespace Collimate.Inspection;

/// <summary>How far apart two clouds of vectors lie, one of pictures and one of text, and how much they mingle. Every vector counts with length one.</summary>
/// <remarks>
/// With v̂ᵢ and t̂ⱼ of length one and their means v̄ and t̄: <see cref="Distance"/> = |v̄ − t̄| (Liang et al. 2022, "Mind the gap"),
/// <see cref="Across"/> = v̄·t̄, <see cref="WithinVisual"/> = (|Σ v̂ᵢ|² − Σ |v̂ᵢ|²) / n(n − 1), the mean cosine of two different vectors.
/// <see cref="Mixing"/> and <see cref="Separability"/> compare as many vectors of the one as of the other, at most <see cref="MostCompared"/>, spread evenly.
/// </remarks>
public sealed record ModalityGap
{
    /// <summary>The most vectors of each cloud that neighbours are looked for among.</summary>
    public const int MostCompared = 512;

    /// <summary>Vectors of pictures.</summary>
    public required int VisualCount { get; init; }

    /// <summary>Vectors of text.</summary>
    public required int TextCount { get; init; }

    /// <summary>The modality gap: the distance of the two centres, 0 to 2.</summary>
    public required double Distance { get; init; }

    /// <summary>The mean cosine of two different vectors of pictures; NaN for fewer than two.</summary>
    public required double WithinVisual { get; init; }

    /// <summary>The mean cosine of two different vectors of text; NaN for fewer than two.</summary>
    public required double WithinText { get; init; }

    /// <summary>The mean cosine of a vector of pictures and one of text.</summary>
    public required double Across { get; init; }

    /// <summary>The share of text among the nearest neighbours of pictures' vectors, 0 to 1.</summary>
    public required double TextNearVisual { get; init; }

    /// <summary>The share of pictures among the nearest neighbours of text's vectors, 0 to 1.</summary>
    public required double VisualNearText { get; init; }

    /// <summary>The mean of the two shares, as a multiple of what clouds mingled at random would have: 0 apart, about 1 mingled.</summary>
    public required double Mixing { get; init; }

    /// <summary>How often a vector is nearer to its own centre than to the other's, the centres being those of the half that it is not of: 0.5 cannot be told apart, 1 a plane lies between them; NaN for fewer than two of each.</summary>
    public required double Separability { get; init; }

    /// <summary>Measures two clouds, in double precision.</summary>
    /// <param name="visual">Vectors of pictures, <c>[n, width]</c>.</param>
    /// <param name="text">Vectors of text, <c>[m, width]</c>.</param>
    /// <param name="neighbours">How many nearest neighbours of each vector are looked at; fewer where there are fewer others.</param>
    /// <exception cref="ArgumentException">A cloud is empty, or the widths differ.</exception>
    public static ModalityGap Measure(Tensor visual, Tensor text, int neighbours = 10)
    {
        if (visual.Rank != 2 || text.Rank != 2 || visual.Size(1) != text.Size(1) || visual.Size(0) == 0 || text.Size(0) == 0)
        {
            throw new ArgumentException($"two clouds of one width are needed, [vectors, width]; found {visual} and {text}", nameof(visual));
        }

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(neighbours);
        using var off = GradMode.Disable();
        using var scope = new TensorScope();
        var (v, t) = (Unit(visual), Unit(text));
        var (centreV, centreT) = (v.Mean(0), t.Mean(0));                                      // [width]
        var compared = (int)Math.Min(MostCompared, Math.Min(v.Size(0), t.Size(0)));
        var (fewV, fewT) = (Spread(v, compared), Spread(t, compared));                        // [compared, width]
        var (textNearVisual, visualNearText) = NeighbourMixing.Shares(fewV, fewT, neighbours);
        var atRandom = compared / ((2.0 * compared) - 1); // of the others, so many are of the other cloud
        return new ModalityGap
        {
            VisualCount = (int)v.Size(0),
            TextCount = (int)t.Size(0),
            Distance = Number((centreV - centreT).Norm()),
            WithinVisual = Within(v),
            WithinText = Within(t),
            Across = Number((centreV * centreT).Sum()),
            TextNearVisual = textNearVisual,
            VisualNearText = visualNearText,
            Mixing = (textNearVisual + visualNearText) / 2 / atRandom,
            Separability = SeparabilityOf(fewV, fewT),
        };
    }

    /// <summary>Some rows of a matrix, spread evenly over it.</summary>
    /// <param name="rows">The matrix.</param>
    /// <param name="count">How many; all where there are no more.</param>
    internal static Tensor Spread(Tensor rows, int count) => count >= rows.Size(0)
        ? rows
        : rows.IndexSelect(0, Tensor.From([.. Enumerable.Range(0, count).Select(k => k * rows.Size(0) / count)]).To(rows.Device));

    private static Tensor Unit(Tensor cloud) => cloud.To(ScalarType.Float64).Normalize();

    private static double Within(Tensor cloud)
    {
        double count = cloud.Size(0);
        var sum = cloud.Sum(0);
        return (Number((sum * sum).Sum()) - Number((cloud * cloud).Sum())) / (count * (count - 1));
    }

    // Each half is judged by the centres of the other: with w = v̄ − t̄ a vector x is taken for a picture's where w·x > w·(v̄ + t̄)/2.
    private static double SeparabilityOf(Tensor visual, Tensor text)
    {
        if (visual.Size(0) < 2)
        {
            return double.NaN;
        }

        var right = 0.0;
        for (var half = 0; half < 2; half++)
        {
            var (centreV, centreT) = (Half(visual, 1 - half).Mean(0), Half(text, 1 - half).Mean(0));
            var direction = (centreV - centreT).Unsqueeze(1);                                 // [width, 1]
            var middle = Number(((centreV + centreT) * 0.5).Unsqueeze(0).MatMul(direction).Sum());
            right += Sides(Half(visual, half).MatMul(direction), middle, 1) + Sides(Half(text, half).MatMul(direction), middle, -1);
        }

        return right / (2 * visual.Size(0));

        static Tensor Half(Tensor cloud, int half) =>
            cloud.IndexSelect(0, Tensor.From([.. Enumerable.Range(0, (int)cloud.Size(0)).Where(k => k % 2 == half).Select(k => (long)k)]).To(cloud.Device));

        // A vector on the plane itself counts as half right.
        static double Sides(Tensor along, double middle, int sign) => along.ToArray<double>().Sum(x => Math.Sign(x - middle) == sign ? 1 : x == middle ? 0.5 : 0);
    }

    private static double Number(Tensor scalar) => scalar.ToArray<double>()[0];
}
