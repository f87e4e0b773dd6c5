namespace Collimate.Torch.Fused;

/// <summary>Which function's gradient the backward pass of <see cref="Sinkhorn"/> gives.</summary>
public enum SinkhornBackward
{
    /// <summary>That of the iterations that were run, whether or not they had come to rest.</summary>
    Unrolled,

    /// <summary>
    /// That of the limit: the matrix of the sums reached, as if the iterations had come to rest there. It keeps nothing beside the result and costs no more after
    /// a thousand iterations than after ten; before they have come to rest it differs from <see cref="Unrolled"/>. Source: Eisenberger et al. 2022.
    /// </summary>
    Implicit,
}
