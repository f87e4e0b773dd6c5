namespace Collimate.Evaluation.Metrics.Captions;

/// <summary>The longest common subsequence of two lists of words.</summary>
internal static class CommonSubsequence
{
    /// <summary>Its length.</summary>
    public static int Length(ReadOnlySpan<int> left, ReadOnlySpan<int> right)
    {
        if (left.Length < right.Length)
        {
            return Length(right, left);
        }

        var row = new int[right.Length + 1];
        foreach (var word in left)
        {
            var diagonal = 0;
            for (var at = 1; at <= right.Length; at++)
            {
                var above = row[at];
                row[at] = word == right[at - 1] ? diagonal + 1 : Math.Max(above, row[at - 1]);
                diagonal = above;
            }
        }

        return row[^1];
    }
}
