using Collimate.Torch;

namespace Collimate.Models.Language;

/// <summary>
/// Where vision (or anything else) may enter inside the decoder: before a layer, and in a layer's projections. Every member does
/// nothing by default, and a run without a hook does no extra work. What a layer's call makes is released with the layer.
/// </summary>
/// <remarks>
/// Where layers are recomputed, a call is made again in the backward pass. Tensors with a history that it reads must then be inputs of the
/// layer, or their gradients would be computed once for each: it names them in <see cref="Carried"/> and is given them back by <see cref="With"/>.
/// </remarks>
public interface ILayerHook
{
    /// <summary>Tensors from before the decoder that calls read and that may have a history.</summary>
    IReadOnlyList<Tensor> Carried => [];

    /// <summary>The same hook, reading other tensors in place of those it named.</summary>
    /// <param name="carried">As many as <see cref="Carried"/>, with the same values.</param>
    ILayerHook With(IReadOnlyList<Tensor> carried) => this;

    /// <summary>Whether <see cref="BeforeLayer"/> changes anything at this layer.</summary>
    /// <param name="layer">Number of the layer, from 0.</param>
    bool EntersBefore(int layer) => false;

    /// <summary>Changes the residual stream before a layer, as gated cross-attention does.</summary>
    /// <param name="layer">Number of the layer, from 0.</param>
    /// <param name="hidden"><c>[batch, positions, hidden]</c></param>
    Tensor BeforeLayer(int layer, Tensor hidden) => hidden;

    /// <summary>Whether <see cref="Project"/> takes the place of this layer's own projections.</summary>
    /// <param name="layer">Number of the layer, from 0.</param>
    bool ProjectsIn(int layer) => false;

    /// <summary>Makes a layer's query, key and value, as Inverse-LLaVA does.</summary>
    /// <param name="layer">Number of the layer, from 0.</param>
    /// <param name="normed">What is projected: the normed residual stream, <c>[batch, positions, hidden]</c>.</param>
    /// <param name="own">The layer's own projections.</param>
    /// <returns>Query, key and value side by side before rotation, <c>[batch, positions, (heads + 2 groups) * size]</c></returns>
    Tensor Project(int layer, Tensor normed, PackedLinear own) => own.Forward(normed);

    /// <summary>What enters at the tokens that are generated, once the prompt has run; null for nothing. Whoever asks disposes it.</summary>
    IStepHook? AfterPrompt() => null;
}

/// <summary>What enters inside the decoder while it generates, one new token a row.</summary>
public interface IStepHook : ILayerHook, IDisposable
{
    /// <summary>Keeps the given rows, in the given order; a row may be named more than once.</summary>
    void SelectRows(ReadOnlySpan<int> rows);
}
