using Collimate.Torch;

namespace Collimate.Models.Language;

/// <summary>
/// Where vision (or anything else) may enter inside the decoder: before a layer, and in a layer's projections. Every member does
/// nothing by default, and a run without a hook does no extra work. What <see cref="Project"/> makes is released with the layer, and it
/// may be called again in the backward pass where layers are recomputed.
/// </summary>
public interface ILayerHook
{
    /// <summary>Changes the residual stream before a layer, as gated cross-attention does.</summary>
    /// <param name="layer">Number of the layer, from 0.</param>
    /// <param name="hidden"><c>[batch, positions, hidden]</c></param>
    Tensor BeforeLayer(int layer, Tensor hidden) => hidden;

    /// <summary>Whether <see cref="Project"/> changes anything in this layer; the packed projections are taken apart only where it does.</summary>
    bool ProjectsIn(int layer) => false;

    /// <summary>Changes a layer's query, key and value, as Inverse-LLaVA does.</summary>
    /// <param name="layer">Number of the layer, from 0.</param>
    /// <param name="normed">What was projected: the normed residual stream, <c>[batch, positions, hidden]</c>.</param>
    /// <param name="projections">The layer's own projections.</param>
    Projections Project(int layer, Tensor normed, Projections projections) => projections;
}
