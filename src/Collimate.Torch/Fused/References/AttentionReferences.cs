namespace Collimate.Torch.Fused;

/// <summary>Rotary embedding and attention, operator by operator: what the fused ones are held against, and what other devices and types run.</summary>
internal static class AttentionReferences
{
    // Finite, so that a row that sees nothing gives zeros instead of NaN; its exponential is exactly zero beside any score.
    private const double Unseen = -1e30;

    public static (Tensor Query, Tensor Key, Tensor Value) RotaryQkv(Tensor packed, Tensor? cos, Tensor? sin, int heads, int groups)
    {
        using var scope = new TensorScope();
        var all = heads + (2 * groups);
        var split = packed.View(packed.Size(0), packed.Size(1), all, packed.Size(2) / all).Transpose(1, 2); // [batch, all, positions, size]
        var (query, key, value) = (split.Narrow(1, 0, heads), split.Narrow(1, heads, groups), split.Narrow(1, heads + groups, groups));
        if (cos is not null && sin is not null)
        {
            (query, key) = (Turn(query, cos, sin), Turn(key, cos, sin));
        }

        return (scope.Escape(query), scope.Escape(key), scope.Escape(value));
    }

    public static Tensor Attention(Tensor query, Tensor key, Tensor value, AttentionRule rule, double? scale)
    {
        using var scope = new TensorScope();
        var (batch, heads, queries, size) = (query.Size(0), query.Size(1), query.Size(2), query.Size(3));
        var (groups, keys) = (key.Size(1), key.Size(2));
        // The heads that share keys are stacked along the query axis, so that keys and values need not be repeated.
        var stacked = query.Reshape(batch, groups, heads / groups * queries, size);
        var scores = stacked.MatMul(key.Transpose(-2, -1)) * (scale ?? 1 / Math.Sqrt(size));
        var narrow = scores.Type;
        scores = (narrow is ScalarType.Float16 or ScalarType.BFloat16 ? scores.To(ScalarType.Float32) : scores).View(batch, heads, queries, keys);
        var hidden = Hidden(rule, queries, keys, query.Device);
        var weights = hidden is null ? scores.Softmax(-1) : scores.MaskedFill(hidden, Unseen).Softmax(-1).MaskedFill(hidden, 0);
        var mixed = weights.To(narrow).View(batch, groups, heads / groups * queries, keys).MatMul(value);
        return scope.Escape(mixed.View(batch, heads, queries, size).Transpose(1, 2).Reshape(batch, queries, heads * size));
    }

    private static Tensor Turn(Tensor heads, Tensor cos, Tensor sin)
    {
        var (c, s) = (cos.Unsqueeze(1).To(heads.Type), sin.Unsqueeze(1).To(heads.Type)); // [batch, 1, positions, size / 2]
        var halves = heads.Chunk(2, -1);
        return Tensor.Cat([(halves[0] * c) - (halves[1] * s), (halves[1] * c) + (halves[0] * s)], -1);
    }

    /// <summary>What is not to be seen, <c>[batch or 1, 1, queries, keys]</c>; null where all is.</summary>
    private static Tensor? Hidden(AttentionRule rule, long queries, long keys, Device device)
    {
        using var noGradient = GradMode.Disable();
        Tensor? sees = null;
        if (rule.IsCausal)
        {
            var place = Tensor.Arange(keys, device: device);
            sees = place.Unsqueeze(0).Le(place.Narrow(0, keys - queries, queries).Unsqueeze(1)).Unsqueeze(0); // [1, queries, keys]
            sees = rule.Group is { } group ? sees.LogicalOr(AsQuery(group).Eq(AsKey(group)).LogicalAnd(AsKey(group).Ne(0))) : sees;
            sees = rule.Open is { } open ? sees.LogicalOr(AsKey(open).Ne(0)) : sees;
        }

        if (rule.Document is { } document)
        {
            var may = AsQuery(document).Eq(AsKey(document)).LogicalOr(AsKey(document).Eq(0));
            sees = sees?.LogicalAnd(may) ?? may;
        }

        if (rule.Valid is { } valid)
        {
            var may = AsKey(valid).Ne(0);
            sees = sees?.LogicalAnd(may) ?? may;
        }

        return sees?.LogicalNot().Unsqueeze(1);

        Tensor AsQuery(Tensor described) => described.Narrow(1, keys - queries, queries).Unsqueeze(2);
        static Tensor AsKey(Tensor described) => described.Unsqueeze(1);
    }
}
