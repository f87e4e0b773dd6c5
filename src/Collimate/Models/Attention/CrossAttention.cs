using Collimate.Torch;
using Collimate.Torch.Fused;

namespace Collimate.Models.Attention;

/// <summary>Multi-head attention of one set of positions on another, of whatever sizes.</summary>
internal static class CrossAttention
{
    /// <summary>softmax(q · kᵀ / √size) · v, head by head; everyone sees everyone.</summary>
    /// <param name="query"><c>[batch, queries, heads · size]</c></param>
    /// <param name="key"><c>[batch, keys, heads · size]</c></param>
    /// <param name="value"><c>[batch, keys, heads · size]</c></param>
    /// <param name="heads">How many heads.</param>
    /// <returns><c>[batch, queries, heads · size]</c></returns>
    public static Tensor Mix(Tensor query, Tensor key, Tensor value, int heads)
    {
        var (q, k, v) = (Split(query, heads), Split(key, heads), Split(value, heads));
        if (query.Size(1) <= key.Size(1)) // the fused operator's queries stand at the last of the keys' places
        {
            return FusedOperators.Attention(q, k, v, AttentionRule.Full);
        }

        var scores = q.MatMul(k.Transpose(2, 3)) * (1 / Math.Sqrt(q.Size(3)));           // [batch, heads, queries, keys]
        return scores.Softmax(-1).To(v.Type).MatMul(v).Transpose(1, 2).Reshape(query.Size(0), query.Size(1), -1);
    }

    private static Tensor Split(Tensor x, int heads) => x.Reshape(x.Size(0), x.Size(1), heads, x.Size(2) / heads).Transpose(1, 2); // [batch, heads, positions, size]
}
