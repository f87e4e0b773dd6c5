using System.Numerics;
using System.Runtime.InteropServices;

namespace Collimate.Semantics;

/// <summary>The best of a stream of scores, kept sorted; of equals the one that came first.</summary>
/// <param name="capacity">How many are kept.</param>
internal sealed class BestFew(int capacity)
{
    private readonly int[] words = new int[capacity];
    private readonly float[] scores = new float[capacity];
    private int count;

    /// <summary>How many are kept at most.</summary>
    public int Capacity => capacity;

    /// <summary>The numbers of those kept, the best first.</summary>
    public ReadOnlySpan<int> Words => words.AsSpan(0, count);

    /// <summary>What a score must exceed to be kept.</summary>
    public float Threshold => count < capacity ? float.NegativeInfinity : scores[^1];

    /// <summary>Goes through further scores.</summary>
    /// <param name="row">The scores.</param>
    /// <param name="first">The number of the first of them.</param>
    public void Take(ReadOnlySpan<float> row, int first)
    {
        var at = 0;
        for (; count < capacity && at < row.Length; at++)
        {
            Insert(row[at], first + at);
        }

        var lanes = MemoryMarshal.Cast<float, Vector<float>>(row[at..]);
        var limit = new Vector<float>(Threshold);
        for (var lane = 0; lane < lanes.Length; lane++)
        {
            if (Vector.GreaterThanAny(lanes[lane], limit))
            {
                for (var k = 0; k < Vector<float>.Count; k++)
                {
                    Offer(lanes[lane][k], first + at + (lane * Vector<float>.Count) + k);
                }

                limit = new Vector<float>(Threshold);
            }
        }

        for (var k = at + (lanes.Length * Vector<float>.Count); k < row.Length; k++)
        {
            Offer(row[k], first + k);
        }
    }

    private void Offer(float score, int word)
    {
        if (score > scores[^1])
        {
            Insert(score, word);
        }
    }

    private void Insert(float score, int word)
    {
        var at = Math.Min(count, capacity - 1);
        for (; at > 0 && scores[at - 1] < score; at--)
        {
            (scores[at], words[at]) = (scores[at - 1], words[at - 1]);
        }

        (scores[at], words[at]) = (score, word);
        count = Math.Min(count + 1, capacity);
    }
}
