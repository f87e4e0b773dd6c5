namespace Collimate.Generation.Processors;

/// <summary>Probabilities of the tokens that are still possible; what earlier processors ruled out costs nothing here.</summary>
internal static class Ranking
{
    /// <summary>Ids and probabilities of all tokens whose score is not negative infinity, in the order of ids.</summary>
    public static (int[] Ids, double[] Probabilities) Possible(ReadOnlySpan<float> scores)
    {
        var ids = new List<int>(Math.Min(scores.Length, 1024));
        var highest = float.NegativeInfinity;
        for (var id = 0; id < scores.Length; id++)
        {
            if (!float.IsNegativeInfinity(scores[id]))
            {
                ids.Add(id);
                highest = Math.Max(highest, scores[id]);
            }
        }

        if (ids.Count == 0 || !float.IsFinite(highest))
        {
            throw new ArithmeticException(ids.Count == 0
                ? "no token is left to choose from: the processors ruled out the whole vocabulary"
                : "the model's scores are not finite numbers");
        }

        var probabilities = new double[ids.Count];
        double sum = 0;
        for (var index = 0; index < probabilities.Length; index++)
        {
            sum += probabilities[index] = Math.Exp(scores[ids[index]] - (double)highest);
        }

        for (var index = 0; index < probabilities.Length; index++)
        {
            probabilities[index] /= sum;
        }

        return ([.. ids], probabilities);
    }
}
