namespace Collimate.Generation.Beams;

/// <summary>Picks the best of very many scores.</summary>
internal static class Candidates
{
    private static readonly Comparer<(float Score, int Place)> WorstFirst = Comparer<(float Score, int Place)>.Create(
        (a, b) => a.Score != b.Score ? a.Score.CompareTo(b.Score) : b.Place.CompareTo(a.Place));

    /// <summary>Places of the highest scores, the highest first; of equals the first.</summary>
    /// <exception cref="ArithmeticException">A score is not a number.</exception>
    public static int[] Best(ReadOnlySpan<float> scores, int count)
    {
        var best = new PriorityQueue<int, (float Score, int Place)>(count + 1, WorstFirst);
        var worst = float.NegativeInfinity;
        for (var place = 0; place < scores.Length; place++)
        {
            var score = scores[place];
            if (best.Count < count)
            {
                best.Enqueue(place, (score, place));
            }
            else if (score > worst)
            {
                best.DequeueEnqueue(place, (score, place));
            }
            else if (!float.IsNaN(score))
            {
                continue;
            }

            if (float.IsNaN(score))
            {
                throw new ArithmeticException("the model's scores are not finite numbers: its weights are damaged, or it overflowed in half precision");
            }

            if (best.Count == count)
            {
                best.TryPeek(out _, out var last);
                worst = last.Score;
            }
        }

        var places = new int[best.Count];
        for (var rank = places.Length - 1; rank >= 0; rank--)
        {
            places[rank] = best.Dequeue();
        }

        return places;
    }
}
