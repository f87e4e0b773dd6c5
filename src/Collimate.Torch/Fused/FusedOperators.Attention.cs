namespace Collimate.Torch.Fused;

/// <content>Rotary embedding, and attention that never makes a matrix of masks or scores: what nobody sees costs nothing.</content>
public static partial class FusedOperators
{
    private static readonly Operator RotaryQkvOperator = Operator.Find("collimate::rotary_qkv");
    private static readonly Operator AttentionOperator = Operator.Find("collimate::attention");
    private static readonly Operator RotaryAttentionOperator = Operator.Find("collimate::rotary_attention");
    private static readonly Operator PackedAttentionOperator = Operator.Find("collimate::packed_attention");

    /// <summary>Takes a packed projection apart into heads and turns queries and keys by their positions' angles. Source: Su et al. 2021.</summary>
    /// <remarks>Coordinate i of a head turns together with coordinate i + size / 2, as Hugging Face arranges them.</remarks>
    /// <param name="packed"><c>[batch, positions, (heads + 2 · groups) · size]</c></param>
    /// <param name="cos"><c>[batch or 1, positions, size / 2]</c></param>
    /// <param name="sin"><c>[batch or 1, positions, size / 2]</c></param>
    /// <param name="heads">Query heads.</param>
    /// <param name="groups">Key and value heads.</param>
    /// <returns><c>[batch, heads or groups, positions, size]</c> each</returns>
    public static (Tensor Query, Tensor Key, Tensor Value) RotaryQkv(Tensor packed, Tensor cos, Tensor sin, int heads, int groups)
    {
        var results = RotaryQkvOperator.CallMany(packed, cos, sin, heads, groups);
        return (results[0], results[1], results[2]);
    }

    /// <summary>softmax(q · kᵀ · scale) · v over what the rule lets each position see; a position that sees nothing gets zeros.</summary>
    /// <param name="query"><c>[batch, heads, queries, size]</c>, standing at the last of the keys' positions</param>
    /// <param name="key"><c>[batch, groups, keys, size]</c>, <c>heads</c> a multiple of <c>groups</c></param>
    /// <param name="value"><c>[batch, groups, keys, size]</c></param>
    /// <param name="rule">Who sees whom among the keys' positions.</param>
    /// <param name="scale">1/√size where it is null.</param>
    /// <returns><c>[batch, queries, heads · size]</c></returns>
    public static Tensor Attention(Tensor query, Tensor key, Tensor value, AttentionRule rule, double? scale = null) =>
        AttentionOperator.Call(query, key, value, rule.Document, rule.Group, rule.Open, rule.Valid, rule.IsCausal, Optional(scale));

    /// <summary>Attention straight from a packed projection, for encoders: no positions are turned.</summary>
    /// <param name="packed"><c>[batch, positions, (heads + 2 · groups) · size]</c></param>
    /// <param name="heads">Query heads.</param>
    /// <param name="groups">Key and value heads.</param>
    /// <param name="rule">Who sees whom.</param>
    /// <param name="scale">1/√size where it is null.</param>
    /// <returns><c>[batch, positions, heads · size]</c></returns>
    public static Tensor PackedAttention(Tensor packed, int heads, int groups, AttentionRule rule, double? scale = null) =>
        PackedAttentionOperator.Call(packed, heads, groups, rule.Document, rule.Group, rule.Open, rule.Valid, rule.IsCausal, Optional(scale));

    /// <summary>Turns query and key by their positions' angles and attends, from one packed projection to one packed gradient.</summary>
    /// <param name="packed"><c>[batch, positions, (heads + 2 · groups) · size]</c></param>
    /// <param name="cos"><c>[batch or 1, positions, size / 2]</c></param>
    /// <param name="sin"><c>[batch or 1, positions, size / 2]</c></param>
    /// <param name="heads">Query heads.</param>
    /// <param name="groups">Key and value heads.</param>
    /// <param name="rule">Who sees whom.</param>
    /// <param name="scale">1/√size where it is null.</param>
    /// <returns><c>[batch, positions, heads · size]</c></returns>
    public static Tensor RotaryAttention(Tensor packed, Tensor cos, Tensor sin, int heads, int groups, AttentionRule rule, double? scale = null) =>
        RotaryAttentionOperator.Call(packed, cos, sin, heads, groups, rule.Document, rule.Group, rule.Open, rule.Valid, rule.IsCausal, Optional(scale));

    private static Argument Optional(double? value) => value is { } given ? given : Argument.None;
}
