using System.Numerics;

namespace Collimate.Data.Scenes;

/// <summary>
/// Weights for answers such that, over many scenes of which each allows only some answers, every answer is asked for equally often: then a model that
/// does not look has no favourite to learn. Found by iterative proportional fitting on sample scenes.
/// </summary>
internal sealed class AnswerBalance
{
    private const int Rounds = 60;
    private readonly double[] weights;

    /// <param name="answers">How many answers there are.</param>
    /// <param name="possible">For each sample scene, a bit for each answer that it allows.</param>
    internal AnswerBalance(int answers, IEnumerable<uint> possible)
    {
        var masks = possible.Where(mask => mask != 0).CountBy(mask => mask).OrderBy(pair => pair.Key).ToArray();
        weights = new double[answers];
        Array.Fill(weights, 1.0);
        var shares = new double[answers];
        for (var round = 0; round < Rounds; round++)
        {
            Array.Clear(shares);
            foreach (var (mask, count) in masks)
            {
                var total = Total(mask);
                for (var rest = mask; rest != 0; rest &= rest - 1)
                {
                    var answer = BitOperations.TrailingZeroCount(rest);
                    shares[answer] += count * weights[answer] / total;
                }
            }

            var wanted = shares.Sum() / Math.Max(1, shares.Count(share => share > 0));
            for (var answer = 0; answer < answers; answer++)
            {
                weights[answer] *= shares[answer] > 0 ? wanted / shares[answer] : 1;
            }
        }
    }

    /// <summary>One of the answers that a scene allows.</summary>
    internal int Pick(uint mask, ref SceneRandom random)
    {
        Span<double> allowed = stackalloc double[weights.Length];
        for (var answer = 0; answer < weights.Length; answer++)
        {
            allowed[answer] = (mask >> answer & 1) != 0 ? weights[answer] : 0;
        }

        return random.PickWeighted(allowed);
    }

    private double Total(uint mask)
    {
        var total = 0.0;
        for (var rest = mask; rest != 0; rest &= rest - 1)
        {
            total += weights[BitOperations.TrailingZeroCount(rest)];
        }

        return total;
    }
}
