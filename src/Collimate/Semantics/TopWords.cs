using Collimate.Torch;

namespace Collimate.Semantics;

/// <summary>Finds the words most like each patch among many, without ever holding all similarities.</summary>
/// <remarks>
/// Words and patches are taken in tiles: a matrix product in single precision, then one pass that keeps the best few of each patch. What is
/// kept is compared again in double precision, so that the result does not depend on how the product was cut or on the number of threads:
/// it is that of the full matrix in double precision, rounded once, ties to the word that comes first.
/// </remarks>
public sealed class TopWords : IDisposable
{
    private const int WordTile = 2048;
    private const int PatchTile = 256;      // with it a tile's scores stay in a core's own cache until they are read
    private const int Slack = 6;            // kept besides those asked for, as the first pass may be wrong in the last bits
    private const float ErrorBound = 2e-5f; // of a product of unit vectors in single precision, far more than a width of some thousands makes

    private readonly Tensor directions;
    private readonly Tensor values; // the same where this program can read them
    private readonly int top;

    /// <param name="words">The words' directions, each of length one, <c>[words, width]</c>; kept for the lifetime of this object.</param>
    /// <param name="top">How many words of a patch are kept.</param>
    public TopWords(Tensor words, int top)
    {
        this.top = top;
        using var scope = new TensorScope();
        directions = words.Detach().To(ScalarType.Float32).Contiguous().Keep();
        values = directions.To(Device.Cpu).Keep();
    }

    /// <summary>How many words of a patch are kept at most.</summary>
    public int Top => top;

    /// <summary>The words' directions, <c>[words, width]</c>.</summary>
    internal Tensor Directions => directions;

    /// <summary>Patches of length one, turned round where the mode compares them so.</summary>
    /// <param name="patches">Patches in the words' space, of any length, <c>[..., width]</c>.</param>
    /// <param name="mode">How they are compared.</param>
    internal static Tensor Turned(Tensor patches, SimilarityMode mode)
    {
        var unit = patches.To(ScalarType.Float32).Normalize();
        return mode == SimilarityMode.Negated ? -unit : unit;
    }

    /// <summary>The labels of pictures.</summary>
    /// <param name="patches">Patches in the words' space, of any length, <c>[images, patches, width]</c>.</param>
    /// <param name="mode">How they are compared; of its spaces only the sign matters here.</param>
    public PatchLabels[] Find(Tensor patches, SimilarityMode mode)
    {
        using var off = GradMode.Disable();
        using var scope = new TensorScope();
        return Find(Turned(patches, mode));
    }

    /// <summary>The labels of pictures whose patches are of length one and turned as they are to be compared.</summary>
    /// <param name="unit"><c>[images, patches, width]</c></param>
    internal PatchLabels[] Find(Tensor unit)
    {
        var (images, count) = ((int)unit.Size(0), (int)unit.Size(1));
        var rows = unit.Reshape(-1, unit.Size(2)).Contiguous();
        var found = Enumerable.Range(0, images).Select(_ => PatchLabels.None(count, top)).ToArray();
        var tiles = ((images * count) + PatchTile - 1) / PatchTile;
        Parallel.For(0, tiles, tile => Find(rows, tile * PatchTile, found));
        return found;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        directions.Dispose();
        values.Dispose();
    }

    // One tile of patches against all words; on any thread.
    private unsafe void Find(Tensor rows, int first, PatchLabels[] found)
    {
        using var off = GradMode.Disable();
        using var scope = new TensorScope();
        var (count, width) = (found[0].Patches, (int)rows.Size(1));
        var mine = rows.Narrow(0, first, Math.Min(PatchTile, rows.Size(0) - first)); // [tile, width]
        var best = Candidates(mine);
        var plain = mine.To(Device.Cpu).Contiguous();
        for (var row = 0; row < best.Length; row++)
        {
            Finish(best[row], new ReadOnlySpan<float>((float*)plain.DataPointer + ((long)row * width), width), found[(first + row) / count], (first + row) % count);
        }

        GC.KeepAlive(plain);
    }

    private unsafe BestFew[] Candidates(Tensor mine)
    {
        var best = Enumerable.Range(0, (int)mine.Size(0)).Select(_ => new BestFew(top + Slack)).ToArray();
        var total = (int)directions.Size(0);
        for (var start = 0; start < total; start += WordTile)
        {
            using var scope = new TensorScope();
            var width = Math.Min(WordTile, total - start);
            var scores = mine.MatMul(directions.Narrow(0, start, width).Transpose(0, 1)).To(Device.Cpu).Contiguous(); // [tile, words of the tile]
            for (var row = 0; row < best.Length; row++)
            {
                best[row].Take(new ReadOnlySpan<float>((float*)scores.DataPointer + ((long)row * width), width), start);
            }

            GC.KeepAlive(scores);
        }

        return best;
    }

    private void Finish(BestFew candidates, ReadOnlySpan<float> patch, PatchLabels labels, int at)
    {
        var exact = Exact(candidates.Words, patch);
        // A word that the first pass left out scored no more than the last one kept; where that may still be too close, all are compared.
        if (exact.Length == candidates.Capacity && exact.Length > top && exact[top - 1].Score - candidates.Threshold < ErrorBound)
        {
            exact = Exact([.. Enumerable.Range(0, (int)values.Size(0))], patch);
        }

        for (var k = 0; k < Math.Min(top, exact.Length) && exact[k].Score > 0; k++)
        {
            labels.Words[(at * top) + k] = exact[k].Word;
            labels.Scores[(at * top) + k] = exact[k].Score;
        }
    }

    // The best first. Four words go side by side, as a single sum waits for itself; each is summed in order.
    private unsafe (int Word, float Score)[] Exact(ReadOnlySpan<int> candidates, ReadOnlySpan<float> patch)
    {
        var scored = new (int Word, float Score)[candidates.Length];
        var start = (float*)values.DataPointer;
        var width = patch.Length;
        for (var k = 0; k < scored.Length; k += 4)
        {
            var last = scored.Length - 1;
            float* one = start + ((long)candidates[k] * width), two = start + ((long)candidates[Math.Min(k + 1, last)] * width);
            float* three = start + ((long)candidates[Math.Min(k + 2, last)] * width), four = start + ((long)candidates[Math.Min(k + 3, last)] * width);
            var (a, b, c, d) = (0.0, 0.0, 0.0, 0.0);
            for (var at = 0; at < width; at++)
            {
                double value = patch[at];
                a += value * one[at];
                b += value * two[at];
                c += value * three[at];
                d += value * four[at];
            }

            ReadOnlySpan<double> sums = [a, b, c, d];
            for (var j = k; j < Math.Min(k + 4, scored.Length); j++)
            {
                scored[j] = (candidates[j], (float)sums[j - k]);
            }
        }

        GC.KeepAlive(values);
        Array.Sort(scored, (x, y) => x.Score != y.Score ? y.Score.CompareTo(x.Score) : x.Word.CompareTo(y.Word));
        return scored;
    }
}
