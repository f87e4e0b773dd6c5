using Collimate.Alignment.Towers;
using Collimate.Data.Scenes;

namespace Collimate.Semantics;

/// <summary>Patches paired with words: what one step of SEA learns from.</summary>
/// <param name="Image">Which picture.</param>
/// <param name="Patch">Which of its patches.</param>
/// <param name="Word">The word drawn for it.</param>
public readonly record struct PatchWord(int Image, int Patch, int Word);

/// <summary>
/// Draws the pairs of a step: one labelled patch of every window, a word of it in proportion to similarity, and of several patches with the
/// same word one at random. Source: SEA, section 4.2, equation 7.
/// </summary>
/// <param name="window">Patches a window has on a side; 2 in the paper.</param>
/// <param name="cutsEdges">Whether windows that hang over the edge are left out; otherwise they are smaller.</param>
public sealed class PairSampler(int window, bool cutsEdges)
{
    /// <summary>Draws pairs; no word occurs twice.</summary>
    /// <param name="labels">The labels of every picture.</param>
    /// <param name="grid">How the patches lie.</param>
    /// <param name="seed">Draws the same for the same number.</param>
    public PatchWord[] Draw(IReadOnlyList<PatchLabels> labels, PatchGrid grid, ulong seed)
    {
        var chosen = new Dictionary<int, (PatchWord Pair, int Seen)>();
        for (var image = 0; image < labels.Count; image++)
        {
            var random = new SceneRandom(seed, "semantic pairs", image);
            for (var top = 0; top + (cutsEdges ? window : 1) <= grid.Rows; top += window)
            {
                for (var left = 0; left + (cutsEdges ? window : 1) <= grid.Columns; left += window)
                {
                    if (PatchOf(labels[image], grid, top, left, ref random) is { } patch)
                    {
                        var word = WordOf(labels[image], patch, ref random);
                        var seen = chosen.TryGetValue(word, out var before) ? before.Seen + 1 : 1;
                        // The k-th of a word takes the place of those before it once in k: each is as likely as the others to stay.
                        chosen[word] = random.Next(seen) == 0 ? (new PatchWord(image, patch, word), seen) : (before.Pair, seen);
                    }
                }
            }
        }

        return [.. chosen.Values.Select(entry => entry.Pair).OrderBy(pair => pair.Image).ThenBy(pair => pair.Patch)];
    }

    private int? PatchOf(PatchLabels labels, PatchGrid grid, int top, int left, ref SceneRandom random)
    {
        var labelled = new List<int>(window * window);
        for (var row = top; row < Math.Min(top + window, grid.Rows); row++)
        {
            for (var column = left; column < Math.Min(left + window, grid.Columns); column++)
            {
                var patch = (row * grid.Columns) + column;
                if (labels.CountOf(patch) > 0)
                {
                    labelled.Add(patch);
                }
            }
        }

        return labelled.Count == 0 ? null : labelled[random.Next(labelled.Count)];
    }

    private static int WordOf(PatchLabels labels, int patch, ref SceneRandom random)
    {
        var words = labels.WordsOf(patch);
        var scores = labels.ScoresOf(patch);
        var total = 0.0;
        foreach (var score in scores)
        {
            total += score;
        }

        var left = random.NextDouble() * total;
        for (var k = 0; k < words.Length - 1; k++)
        {
            left -= scores[k];
            if (left < 0)
            {
                return words[k];
            }
        }

        return words[^1];
    }
}
