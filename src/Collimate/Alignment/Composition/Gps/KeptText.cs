using Collimate.Models.Permutation;
using Collimate.Torch.Assignment;

namespace Collimate.Alignment.Composition.Gps;

/// <summary>Places pictures' tokens among words that keep their order.</summary>
internal static class KeptText
{
    private const float Least = 1e-30f;

    /// <summary>The choice for a row: each run of places that follow each other is put in order by itself, so that no word passes a role marker.</summary>
    /// <param name="matrix">P, row by row: a row a slot, a column a token.</param>
    /// <param name="row">The row's movable tokens.</param>
    /// <param name="mode">How the assignment is found.</param>
    /// <returns>For each slot, which token stands there.</returns>
    internal static int[] Choose(ReadOnlySpan<float> matrix, MovableTokens row, HardeningMode mode)
    {
        var (n, choice) = (row.Count, new int[row.Count]);
        for (int start = 0, end; start < n; start = end)
        {
            for (end = start + 1; end < n && row.Slots[end] == row.Slots[end - 1] + 1;)
            {
                end++;
            }

            var (length, part) = (end - start, new float[(end - start) * (end - start)]);
            for (var slot = 0; slot < length; slot++)
            {
                matrix.Slice(((start + slot) * n) + start, length).CopyTo(part.AsSpan(slot * length));
            }

            var chosen = Choose(part, row.Pictures[start..end], row.Alike[start..end], mode);
            for (var slot = 0; slot < length; slot++)
            {
                choice[start + slot] = start + chosen[slot];
            }
        }

        return choice;
    }

    /// <summary>The places of the pictures' tokens that are together the most likely under the matrix, exactly; the words fill the rest in their order.</summary>
    /// <remarks>
    /// Maximises Σ ln P[place(j), j] over the tokens j of pictures, each in a place of its own: an assignment in which every word suits every place alike (score 0).
    /// Whatever places it leaves, the first word takes the first of them, the second the next. Every token stands exactly once.
    /// </remarks>
    /// <param name="matrix">P, row by row: a row a slot, a column a token.</param>
    /// <param name="pictures">Which tokens are pictures'.</param>
    /// <param name="alike">A number for each place, the same where they look the same: among these, pictures' tokens stand first and in their order.</param>
    /// <param name="mode">How the assignment is found.</param>
    /// <returns>For each slot, which token stands there.</returns>
    internal static int[] Choose(ReadOnlySpan<float> matrix, bool[] pictures, int[] alike, HardeningMode mode)
    {
        var n = pictures.Length;
        var scores = new float[n * n];
        for (var k = 0; k < scores.Length; k++)
        {
            scores[k] = pictures[k % n] ? MathF.Log(Math.Max(matrix[k], Least)) : 0;
        }

        var choice = mode == HardeningMode.Auction ? AuctionAssignment.Maximize(scores, n) : LinearAssignment.Maximize(scores, n);
        AlikeTokens.Sort(choice, alike, token => pictures[token] ? token : n);
        var word = -1;
        for (var slot = 0; slot < n; slot++)
        {
            if (!pictures[choice[slot]])
            {
                word = Array.IndexOf(pictures, false, word + 1);
                choice[slot] = word;
            }
        }

        return choice;
    }
}
