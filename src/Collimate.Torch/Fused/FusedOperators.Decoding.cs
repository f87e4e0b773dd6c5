namespace Collimate.Torch.Fused;

/// <content>What generating token by token is made of.</content>
public static partial class FusedOperators
{
    private static readonly Operator LinearOperator = Operator.Find("collimate::linear");
    private static readonly Operator CachedAttentionOperator = Operator.Find("collimate::cached_attention");

    /// <summary>
    /// x · weightᵀ + bias, whose weight may be stored in a narrower type than x: the result has x's type. A few rows on the CPU
    /// take a product that reads each weight once at the speed of memory and computes in single precision; all else is libtorch's.
    /// </summary>
    /// <remarks>Inside an autocast region it is <see cref="Tensor.Linear"/>.</remarks>
    /// <param name="x"><c>[…, inputs]</c></param>
    /// <param name="weight"><c>[outputs, inputs]</c></param>
    /// <param name="bias"><c>[outputs]</c>, or none</param>
    /// <returns><c>[…, outputs]</c></returns>
    public static Tensor Linear(Tensor x, Tensor weight, Tensor? bias = null) => LinearOperator.Call(x, weight, bias);

    /// <summary>Whether <see cref="CachedAttention"/> takes heads of this width on this device.</summary>
    /// <param name="headSize">Width of a head.</param>
    /// <param name="device">Where the cache is.</param>
    public static bool HasCachedAttention(int headSize, Device device) => device.Type == DeviceType.Cpu && headSize is > 0 and <= 512 && headSize % 16 == 0;

    /// <summary>One new position a row: its key and value, turned by its angles, are written into the cache, and its queries attend to all positions up to it.</summary>
    /// <param name="packed">The new positions' projections, <c>[batch, 1, (heads + 2 · groups) · size]</c>.</param>
    /// <param name="cos"><c>[batch or 1, 1, size / 2]</c></param>
    /// <param name="sin"><c>[batch or 1, 1, size / 2]</c></param>
    /// <param name="keys">The cache's memory, changed: <c>[batch, groups, capacity, size]</c>.</param>
    /// <param name="values">The cache's memory, changed: <c>[batch, groups, capacity, size]</c>.</param>
    /// <param name="position">Where the new one stands in the cache.</param>
    /// <param name="heads">Query heads.</param>
    /// <param name="visible">Int32 <c>[batch, position + 1]</c>, 0 where a position is hidden; none where all are seen.</param>
    /// <returns><c>[batch, 1, heads · size]</c></returns>
    public static Tensor CachedAttention(Tensor packed, Tensor cos, Tensor sin, Tensor keys, Tensor values, int position, int heads, Tensor? visible = null) =>
        CachedAttentionOperator.Call(packed, cos, sin, keys, values, position, heads, visible);
}
