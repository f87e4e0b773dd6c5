using Collimate.Models.Permutation;
using Collimate.Torch;

namespace Collimate.Alignment.Reasoning;

/// <summary>Multi-head attention on keys of which some are padding, with dropout of the weights, without a projection behind it.</summary>
internal static class MaskedAttention
{
    /// <summary>softmax(q · kᵀ / √size) · v, head by head.</summary>
    /// <param name="query"><c>[rows, queries, width]</c></param>
    /// <param name="key"><c>[rows, keys, width]</c></param>
    /// <param name="value"><c>[rows, keys, width]</c></param>
    /// <param name="heads">How many heads.</param>
    /// <param name="marks">1 where a key counts, <c>[rows, keys, 1]</c>; all count where null.</param>
    /// <param name="dropout">Leaves weights out; null for none.</param>
    /// <returns><c>[rows, queries, width]</c></returns>
    public static Tensor Mix(Tensor query, Tensor key, Tensor value, int heads, Tensor? marks, PassDropout? dropout)
    {
        var size = query.Size(2) / heads;
        var scores = Split(query, heads).MatMul(Split(key, heads).Transpose(2, 3)) / Math.Sqrt(size);     // [rows, heads, queries, keys]
        if (marks is not null)
        {
            scores = scores.MaskedFill(marks.Reshape(marks.Size(0), 1, 1, marks.Size(1)).Eq(0), double.NegativeInfinity);
        }

        var weights = scores.Softmax(-1);
        weights = dropout?.Apply(weights) ?? weights;
        return weights.MatMul(Split(value, heads)).Transpose(1, 2).Reshape(query.Size(0), query.Size(1), query.Size(2));
    }

    private static Tensor Split(Tensor x, int heads) => x.Reshape(x.Size(0), x.Size(1), heads, x.Size(2) / heads).Transpose(1, 2);
}
