using Collimate.Torch;
using Collimate.Torch.Fused;

namespace Collimate.Models.Attention;

/// <summary>Who attends to whom as a matrix, for those who look inside; what the model itself computes never forms it.</summary>
internal static class AttentionWeights
{
    /// <summary>softmax(q · kᵀ · scale) over what each position may see.</summary>
    /// <param name="query"><c>[batch, heads, queries, size]</c>, standing at the last of the keys' positions</param>
    /// <param name="key"><c>[batch, groups, keys, size]</c>, <c>heads</c> a multiple of <c>groups</c></param>
    /// <param name="rule">Who sees whom among the keys' positions.</param>
    /// <param name="scale">1/√size where it is null.</param>
    /// <param name="bias">Added to the scaled scores, of a shape that fits <c>[batch, heads, queries, keys]</c>.</param>
    /// <returns><c>[batch, heads, queries, keys]</c>; zeros for a position that sees nothing</returns>
    public static Tensor Of(Tensor query, Tensor key, AttentionRule rule, double? scale = null, Tensor? bias = null)
    {
        using var scope = new TensorScope();
        var (queries, keys) = (query.Size(2), key.Size(2));
        var shared = query.Size(1) / key.Size(1);
        var all = shared == 1 ? key : key.RepeatInterleave(shared, 1);         // [batch, heads, keys, size]
        var scores = query.MatMul(all.Transpose(-1, -2)) * (scale ?? 1 / Math.Sqrt(query.Size(3)));
        scores = bias is null ? scores : scores + bias;
        if (Seen(rule, queries, keys, query.Device) is not { } seen)
        {
            return scope.Escape(scores.Softmax(-1));
        }

        var weights = scores.MaskedFill(seen.LogicalNot(), -1e30).Softmax(-1) * seen.To(query.Type);
        return scope.Escape(weights);
    }

    private static Tensor SharedPart(Tensor document) =>
        (document.To(ScalarType.Float64) / AttentionRule.DocumentsPerSample).Floor() * AttentionRule.DocumentsPerSample;

    // Booleans that fit [batch, 1, queries, keys], or null where everyone sees everyone.
    private static Tensor? Seen(AttentionRule rule, long queries, long keys, Device device)
    {
        Tensor? seen = null;
        if (rule.IsCausal)
        {
            var key = Tensor.Arange(keys, device: device);                     // [keys]
            var query = Tensor.Arange(keys - queries, keys, device: device).Unsqueeze(-1); // [queries, 1]
            seen = key.Le(query).Unsqueeze(0).Unsqueeze(0);
            if (rule.Group is { } group)
            {
                seen = seen.LogicalOr(Pairs(group, (q, k) => q.Eq(k).LogicalAnd(k.Ne(0))));
            }

            if (rule.Open is { } open)
            {
                seen = seen.LogicalOr(Pairs(open, (_, k) => k.Ne(0)));
            }
        }

        if (rule.Document is { } document)
        {
            seen = And(Pairs(document, (q, k) => q.Eq(k).LogicalOr(SharedPart(q).Eq(k))));
        }

        if (rule.Valid is { } valid)
        {
            seen = And(Pairs(valid, (_, k) => k.Ne(0)));
        }

        return seen;

        Tensor And(Tensor other) => seen is null ? other : seen.LogicalAnd(other);

        Tensor Pairs(Tensor values, Func<Tensor, Tensor, Tensor> compare) => // [batch, 1, queries, keys]
            compare(values.Narrow(1, keys - queries, queries).Unsqueeze(1).Unsqueeze(-1), values.Unsqueeze(1).Unsqueeze(1));
    }
}
