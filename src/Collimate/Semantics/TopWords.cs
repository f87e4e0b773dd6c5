using System.Numerics;
using System.Runtime.InteropServices;
using Collimate.Torch;

namespace Collimate.Semantics;

/// <summary>Finds the words most like each patch among many, without ever holding all similarities.</summary>
/// <remarks>
/// Words and patches are taken in tiles: a matrix product in single precision, then one pass that keeps the best few of each patch. What is
/// kept is compared again in double precision, so that the result does not depend on how the product was cut or on the number of threads:
/// it is that of the full matrix in double precision, rounded once, ties to the word that comes first.
/// </remarks>
/// <param name="words">The words' directions, each of length one, <c>[words, width]</c>; kept for the lifetime of this object.</param>
/// <param name="top">How many words of a patch are kept.</param>
public sealed class TopWords(Tensor words, int top) : IDisposable
{
    private const int WordTile = 4096;
    private const int PatchTile = 1024;
    private const int Slack = 6;           // kept besides those asked for, as the first pass may be wrong in the last bits
    private const float ErrorBound = 2e-5f; // of a product of unit vectors in single precision, far more than a width of some thousands makes

    private readonly Tensor directions = words.To(ScalarType.Float32).Contiguous().Keep();
    private readonly float[] values = words.To(ScalarType.Float32).ToArray<float>();

    /// <summary>The labels of pictures.</summary>
    /// <param name="patches">Patches in the words' space, of any length, <c>[images, patches, width]</c>.</param>
    /// <param name="mode">How they are compared.</param>
    public PatchLabels[] Find(Tensor patches, SimilarityMode mode)
    {
        using var off = GradMode.Disable();
        using var scope = new TensorScope();
        var (images, count, width) = ((int)patches.Size(0), (int)patches.Size(1), (int)patches.Size(2));
        var unit = patches.To(ScalarType.Float32).Reshape(-1, width).Normalize();
        unit = mode == SimilarityMode.Negated ? -unit : unit;
        var found = Enumerable.Range(0, images).Select(_ => new PatchLabels(count, top, Filled(count * top), new float[count * top])).ToArray();
        for (var first = 0; first < images * count; first += PatchTile)
        {
            using var tile = new TensorScope();
            var mine = unit.Narrow(0, first, Math.Min(PatchTile, (images * count) - first)).Contiguous(); // [tile, width]
            var rows = Candidates(mine);
            var exact = mine.ToArray<float>();
            Parallel.For(0, rows.Length, row => Finish(rows[row], exact.AsSpan(row * width, width), found[(first + row) / count], (first + row) % count));
        }

        return found;
    }

    /// <inheritdoc/>
    public void Dispose() => directions.Dispose();

    private static int[] Filled(int length)
    {
        var filled = new int[length];
        Array.Fill(filled, -1);
        return filled;
    }

    private BestFew[] Candidates(Tensor mine)
    {
        var rows = Enumerable.Range(0, (int)mine.Size(0)).Select(_ => new BestFew(top + Slack)).ToArray();
        var total = (int)directions.Size(0);
        for (var start = 0; start < total; start += WordTile)
        {
            using var scope = new TensorScope();
            var (first, width) = (start, Math.Min(WordTile, total - start));
            var scores = mine.MatMul(directions.Narrow(0, start, width).Transpose(0, 1)); // [tile, words of the tile]
            var memory = scores.ToArray<float>();
            Parallel.For(0, rows.Length, row => rows[row].Take(memory.AsSpan(row * width, width), first));
        }

        return rows;
    }

    private void Finish(BestFew candidates, ReadOnlySpan<float> patch, PatchLabels labels, int at)
    {
        var exact = Exact(candidates.Words, patch);
        // A word that the first pass left out scored no more than the last one kept; where that may still be too close, all are compared.
        if (exact.Length == candidates.Capacity && exact.Length > top && exact[top - 1].Score - candidates.Threshold < ErrorBound)
        {
            exact = Exact(Enumerable.Range(0, (int)directions.Size(0)), patch);
        }

        for (var k = 0; k < Math.Min(top, exact.Length) && exact[k].Score > 0; k++)
        {
            labels.Words[(at * top) + k] = exact[k].Word;
            labels.Scores[(at * top) + k] = exact[k].Score;
        }
    }

    private (int Word, float Score)[] Exact(IEnumerable<int> candidates, ReadOnlySpan<float> patch)
    {
        var scored = new List<(int Word, float Score)>();
        foreach (var word in candidates)
        {
            var sum = 0.0;
            var direction = values.AsSpan(word * patch.Length, patch.Length);
            for (var k = 0; k < patch.Length; k++)
            {
                sum += (double)patch[k] * direction[k];
            }

            scored.Add((word, (float)sum));
        }

        return [.. scored.OrderByDescending(entry => entry.Score).ThenBy(entry => entry.Word)];
    }

    /// <summary>The best of a stream of scores, kept sorted.</summary>
    private sealed class BestFew(int capacity)
    {
        private readonly int[] words = new int[capacity];
        private readonly float[] scores = new float[capacity];
        private int count;

        public int Capacity => capacity;

        public IEnumerable<int> Words => words.Take(count);

        // What a score must exceed to be kept.
        public float Threshold => count < capacity ? float.NegativeInfinity : scores[^1];

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
}
