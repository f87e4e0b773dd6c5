namespace Collimate.Torch.Assignment;

/// <summary>What every assignment asks of its scores.</summary>
internal static class AssignmentScores
{
    /// <summary>Refuses scores that cannot be compared.</summary>
    /// <param name="scores"><c>[n, n]</c></param>
    /// <param name="n">How many rows and columns.</param>
    /// <param name="mayForbid">Whether −∞ has a meaning.</param>
    /// <returns>Whether a pair is forbidden.</returns>
    public static bool Check(ReadOnlySpan<float> scores, int n, bool mayForbid)
    {
        if (n < 0 || scores.Length != (long)n * n)
        {
            throw new ArgumentException($"{scores.Length} scores were given for {n} rows and columns, which need {(long)n * n}.", nameof(scores));
        }

        var hasForbidden = false;
        for (var k = 0; k < scores.Length; k++)
        {
            if (!float.IsFinite(scores[k]))
            {
                hasForbidden = true;
                if (!mayForbid || !float.IsNegativeInfinity(scores[k]))
                {
                    var expected = mayForbid ? "a finite number, or negative infinity for a pair that is forbidden" : "a finite number (LinearAssignment takes forbidden pairs)";
                    throw new ArgumentException($"The score of row {k / n} and column {k % n} is {scores[k]}; expected is {expected}.", nameof(scores));
                }
            }
        }

        return hasForbidden;
    }
}
