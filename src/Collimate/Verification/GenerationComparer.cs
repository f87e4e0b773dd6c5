namespace Collimate.Verification;

/// <summary>Holds generated rows against recorded ones.</summary>
internal static class GenerationComparer
{
    /// <summary>Where two sets of rows part; null where they are the same.</summary>
    public static string? Problem(int[][] recorded, int[][] generated)
    {
        if (recorded.Length != generated.Length)
        {
            return $"{generated.Length} rows, recorded {recorded.Length}";
        }

        for (var row = 0; row < recorded.Length; row++)
        {
            var (wanted, found) = (recorded[row], generated[row]);
            for (var index = 0; index < Math.Min(wanted.Length, found.Length); index++)
            {
                if (wanted[index] != found[index])
                {
                    return $"row {row} has token {found[index]} at position {index}, recorded {wanted[index]}";
                }
            }

            if (wanted.Length != found.Length)
            {
                return $"row {row} is {found.Length} tokens long, recorded {wanted.Length}";
            }
        }

        return null;
    }
}
