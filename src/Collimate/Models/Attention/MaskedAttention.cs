using Collimate.Torch;

namespace Collimate.Models.Attention;

/// <summary>
/// Scaled dot-product attention with grouped heads under an <see cref="AttentionSpec"/>, operator by operator. Keys and values are
/// never repeated for the query heads that share them: the heads of one group are stacked along the query axis instead.
/// </summary>
internal static class MaskedAttention
{
    // Finite, so that a row that sees nothing gives zeros instead of NaN; small enough that exp() of it is exactly zero beside any score.
    private const double Hidden = -1e30;
    private const double HiddenInHalf = -65504;

    /// <summary>softmax(q kᵀ / √d) v, heads side by side in the result.</summary>
    /// <param name="query"><c>[batch, heads, queries, headSize]</c></param>
    /// <param name="key"><c>[batch, keyValueHeads, keys, headSize]</c>, <c>heads</c> a multiple of <c>keyValueHeads</c></param>
    /// <param name="value"><c>[batch, keyValueHeads, keys, headSize]</c></param>
    /// <param name="spec">Who sees whom among the keys, of which the queries are the last; null where everyone sees everyone.</param>
    /// <returns><c>[batch, queries, heads * headSize]</c></returns>
    public static Tensor Run(Tensor query, Tensor key, Tensor value, AttentionSpec? spec)
    {
        var (batch, heads, queries, size) = (query.Size(0), query.Size(1), query.Size(2), query.Size(3));
        var (groups, keys) = (key.Size(1), key.Size(2));
        var firstQuery = (int)(keys - queries);
        var stacked = query.Reshape(batch, groups, heads / groups * queries, size);
        var scores = stacked.MatMul(key.Transpose(-2, -1)) * (1 / Math.Sqrt(size)); // [batch, groups, heads/groups * queries, keys]
        Tensor weights;
        if (spec is null || spec.IsFull(firstQuery))
        {
            weights = scores.Softmax(-1);
        }
        else
        {
            var unseen = spec.Unseen(firstQuery, query.Device);                            // [batch, 1, queries, keys]
            var floor = scores.Type == ScalarType.Float16 ? HiddenInHalf : Hidden;
            weights = scores.View(batch, heads, queries, keys).MaskedFill(unseen, floor).Softmax(-1);
            if (spec.HasPadding)
            {
                weights = weights.MaskedFill(unseen, 0); // only padding can be blind, and softmax made its row uniform
            }

            weights = weights.View(batch, groups, heads / groups * queries, keys);
        }

        var mixed = weights.MatMul(value);                                              // [batch, groups, heads/groups * queries, headSize]
        return mixed.View(batch, heads, queries, size).Transpose(1, 2).Reshape(batch, queries, heads * size);
    }
}
