using Collimate.Torch;

namespace Collimate.Models.Text.T5;

/// <summary>
/// T5's relative positions: distances fall into buckets, exact ones near by and ever wider ones further off, half of them for each
/// direction, and every head adds a learnt number per bucket to its scores (Raffel et al. 2020, section 2.1).
/// </summary>
internal static class RelativePositionBias
{
    /// <summary>The bucket of every pair of positions.</summary>
    /// <param name="length">How many positions.</param>
    /// <param name="buckets">How many buckets, both directions together.</param>
    /// <param name="maxDistance">Distances from here on share a direction's last bucket.</param>
    /// <param name="device">Where the result is wanted.</param>
    /// <returns>64-bit integers <c>[queries, keys]</c></returns>
    public static Tensor Buckets(int length, int buckets, int maxDistance, Device device)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        var places = Tensor.Arange(length, device: device);                    // [positions]
        var forward = places.Unsqueeze(0) - places.Unsqueeze(1);               // [queries, keys], above 0 where the key comes later
        var (half, exact) = (buckets / 2, buckets / 4);
        var distance = forward.Abs().To(ScalarType.Float32);

        // Single precision throughout: at a bucket's edge the rounding decides, and checkpoints were trained with this one.
        var logarithm = (distance.Clamp(minimum: 1) / exact).Log() / Math.Log((double)maxDistance / exact);
        var far = ((logarithm * (half - exact)).Floor() + exact).Clamp(maximum: half - 1);
        var one = Tensor.Where(distance.Lt(exact), distance, far);
        return scope.Escape((one + (forward.Gt(0).To(ScalarType.Float32) * half)).To(ScalarType.Int64));
    }

    /// <summary>What each head adds to the scores of every pair of positions.</summary>
    /// <param name="weight">The learnt numbers, <c>[buckets, heads]</c>.</param>
    /// <param name="length">How many positions.</param>
    /// <param name="maxDistance">Distances from here on share a direction's last bucket.</param>
    /// <returns><c>[1, heads, queries, keys]</c></returns>
    public static Tensor Of(Tensor weight, int length, int maxDistance) =>
        Tensor.Embedding(weight, Buckets(length, (int)weight.Size(0), maxDistance, weight.Device)).Permute(2, 0, 1).Unsqueeze(0);
}
