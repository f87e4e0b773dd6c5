namespace Collimate.Torch.Optimization;

/// <summary>
/// The numbers that an 8-bit code stands for, relative to the largest of its block: fine steps near the largest, and seven powers of ten down
/// to a millionth of it. Source: the dynamic data type of Dettmers et al. 2022, section 2.1.
/// </summary>
/// <remarks>
/// Of the decade that ends at 10^-e, the range from a tenth of its end to its end is cut into equal parts, and a code is the middle of one: 64 parts
/// for e = 0 and half as many for each e after it (twice those where no sign is needed). 0 and 1 have codes of their own.
/// </remarks>
internal static class DynamicCodes
{
    private const int Decades = 7;

    /// <summary>Codes from below -0.99 to 1, in rising order, for first moments.</summary>
    public static float[] Signed { get; } = Table(partsOfFirst: 64, hasSign: true);

    /// <summary>Codes from 0 to 1, in rising order, for second moments.</summary>
    public static float[] Unsigned { get; } = Table(partsOfFirst: 128, hasSign: false);

    private static float[] Table(int partsOfFirst, bool hasSign)
    {
        var values = new List<double> { 0, 1 };
        for (var decade = 0; decade < Decades; decade++)
        {
            var parts = partsOfFirst >> decade;
            for (var part = 0; part < parts; part++)
            {
                var middle = (0.1 + (0.9 * (part + 0.5) / parts)) * Math.Pow(10, -decade);
                values.Add(middle);
                if (hasSign)
                {
                    values.Add(-middle);
                }
            }
        }

        return [.. values.Order().Select(value => (float)value)];
    }
}
