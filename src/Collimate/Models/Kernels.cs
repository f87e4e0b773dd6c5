using Collimate.Models.Attention;
using Collimate.Models.Language;
using Collimate.Torch;

namespace Collimate.Models;

/// <summary>
/// Fused operators in the terms of models: attention under an <see cref="AttentionTensors"/>, rotation by <see cref="RotaryAngles"/>. On
/// devices without kernels of their own the native library composes each from plain operators, with the same numbers.
/// </summary>
internal static class Kernels
{
    private static readonly Operator AttentionOperator = Operator.Find("collimate::attention");
    private static readonly Operator RotaryAttentionOperator = Operator.Find("collimate::rotary_attention");
    private static readonly Operator RotaryQkvOperator = Operator.Find("collimate::rotary_qkv");
    private static readonly Operator AddRmsNormOperator = Operator.Find("collimate::add_rms_norm");

    /// <summary>softmax(q kᵀ / √size) v without a matrix of who sees whom; a position that sees nothing gets zeros.</summary>
    /// <param name="query"><c>[batch, heads, queries, size]</c></param>
    /// <param name="key"><c>[batch, groups, keys, size]</c>, <c>heads</c> a multiple of <c>groups</c></param>
    /// <param name="value"><c>[batch, groups, keys, size]</c></param>
    /// <param name="sight">Who sees whom among the keys, of which the queries are the last.</param>
    /// <returns><c>[batch, queries, heads * size]</c></returns>
    public static Tensor Attention(Tensor query, Tensor key, Tensor value, AttentionTensors sight) =>
        AttentionOperator.Call(query, key, value, sight.Document, sight.Group, sight.Open, sight.Valid, sight.Causal);

    /// <summary><see cref="RotaryQkv"/> and <see cref="Attention"/> in one, where every key is also a query.</summary>
    /// <param name="qkv"><c>[batch, positions, (heads + 2 groups) * size]</c></param>
    /// <param name="angles">Rotary angles of the positions.</param>
    /// <param name="heads">Query heads.</param>
    /// <param name="groups">Key and value heads.</param>
    /// <param name="sight">Who sees whom.</param>
    /// <returns><c>[batch, positions, heads * size]</c></returns>
    public static Tensor RotaryAttention(Tensor qkv, RotaryAngles angles, int heads, int groups, AttentionTensors sight) =>
        RotaryAttentionOperator.Call(qkv, angles.Cos, angles.Sin, heads, groups, sight.Document, sight.Group, sight.Open, sight.Valid, sight.Causal);

    /// <summary>Takes a packed projection apart and turns queries and keys.</summary>
    /// <param name="qkv"><c>[batch, positions, (heads + 2 groups) * size]</c></param>
    /// <param name="angles">Rotary angles of the positions.</param>
    /// <param name="heads">Query heads.</param>
    /// <param name="groups">Key and value heads.</param>
    /// <returns><c>[batch, heads or groups, positions, size]</c> each</returns>
    public static (Tensor Query, Tensor Key, Tensor Value) RotaryQkv(Tensor qkv, RotaryAngles angles, int heads, int groups)
    {
        var parts = RotaryQkvOperator.CallMany(qkv, angles.Cos, angles.Sin, heads, groups);
        return (parts[0], parts[1], parts[2]);
    }

    /// <summary>x + addend, and its RMS norm.</summary>
    public static (Tensor Normed, Tensor Sum) AddRmsNorm(Tensor x, Tensor addend, Tensor weight, double epsilon)
    {
        var both = AddRmsNormOperator.CallMany(x, addend, weight, epsilon);
        return (both[0], both[1]);
    }
}
