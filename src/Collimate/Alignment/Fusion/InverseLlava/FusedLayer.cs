using Collimate.Models;
using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Alignment.Fusion.InverseLlava;

/// <summary>What one layer adds to its query, key and value: at text something made of the text, at a picture's places something made of the patches too.</summary>
/// <remarks>
/// The two lots are computed apart. The matrix over text and vision side by side that the equations speak of, half of it zeros everywhere, is never made.
/// Tensors of <c>[rows, output]</c> hold query, key and value side by side.
/// </remarks>
internal abstract class FusedLayer : Module
{
    private readonly FusedShape shape;
    private readonly RmsNorm? visionNorm;

    protected FusedLayer(FusedShape shape, InverseLlavaOptions options)
    {
        this.shape = shape;
        using var scope = new TensorScope();
        Alpha = AddParameter("alpha", Tensor.Full([3], options.Alpha));
        visionNorm = options.NormsVision ? AddModule("vision_norm", new RmsNorm(shape.Vision)) : null;
    }

    /// <summary>The factors on what is added to query, key and value, <c>[3]</c>.</summary>
    public Tensor Alpha { get; }

    /// <summary>What of the layer is the same at all positions of a pass, made once: <see cref="AtText"/> and <see cref="AtPictures"/> take it.</summary>
    public virtual Tensor Settle() => Tensor.Cat([.. shape.Parts.Select((part, k) => Alpha.Narrow(0, k, 1).Expand(part.Width))]); // [output]

    /// <summary>What is added at text.</summary>
    /// <param name="normed">The normed state there, <c>[…, hidden]</c>.</param>
    /// <param name="settled">From <see cref="Settle"/>.</param>
    /// <returns><c>[…, output]</c>, or something that is added to it all alike; null where nothing is</returns>
    public abstract Tensor? AtText(Tensor normed, Tensor settled);

    /// <summary>What is added at pictures' places.</summary>
    /// <param name="normed">The normed state there, <c>[places, hidden]</c>; null where it is all zeros.</param>
    /// <param name="patches">The patches that stand there, <c>[places, visionWidth]</c>.</param>
    /// <param name="settled">From <see cref="Settle"/>.</param>
    /// <returns><c>[places, output]</c></returns>
    public abstract Tensor AtPictures(Tensor? normed, Tensor patches, Tensor settled);

    /// <summary>Writes what is added at text, and is linear in it, into the layer's own projections. Does nothing where it is not.</summary>
    /// <param name="own">The decoder's projections.</param>
    public virtual void MergeInto(PackedLinear own)
    {
    }

    /// <summary>Patches as the layer takes them.</summary>
    protected Tensor Seen(Tensor patches) => visionNorm is null ? patches : visionNorm.Forward(patches.To(visionNorm.Weight.Type));

    /// <summary>A result times the factors, in its own type.</summary>
    protected static Tensor Times(Tensor result, Tensor factors) => (result * factors).To(result.Type);

    /// <summary>A layer as the options have it.</summary>
    /// <param name="shape">Its widths.</param>
    /// <param name="options">The variant and its numbers.</param>
    /// <param name="generator">Draws the first weights.</param>
    public static FusedLayer Create(FusedShape shape, InverseLlavaOptions options, Generator? generator) => options.Variant switch
    {
        InverseLlavaVariant.Authors => new MlpFusedLayer(shape, options, generator),
        InverseLlavaVariant.Additive => new AdditiveFusedLayer(shape, options, generator),
        InverseLlavaVariant.Gated => new GatedFusedLayer(shape, options, generator),
        _ => new ConcatFusedLayer(shape, options, generator),
    };
}
