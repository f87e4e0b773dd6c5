using Collimate.Torch;

namespace Collimate.Evaluation.Metrics.Neural;

/// <summary>CLIPScore: how near a caption lies to its picture in the space of a two-tower model, without any reference.</summary>
/// <remarks>
/// Hessel et al. 2021: 2.5 · max(cos, 0), with ViT-B/32 and captions that begin with <see cref="Prompt"/>. RefCLIPScore is the harmonic mean of it and of the best cosine with a reference.
/// Figures of other towers are on another scale.
/// </remarks>
public static class ClipScore
{
    private const double Scale = 2.5;

    /// <summary>What the published figures put before every caption.</summary>
    public const string Prompt = "A photo depicts ";

    /// <summary>Scores captions by their pictures.</summary>
    /// <param name="images">Pictures in the joint space, <c>[pairs, embedding]</c>, of any length.</param>
    /// <param name="captions">Their captions, <c>[pairs, embedding]</c>, of any length.</param>
    /// <returns>0 to 2.5, one a pair.</returns>
    public static double[] Of(Tensor images, Tensor captions) => Array.ConvertAll(Cosines(images, captions), cosine => Scale * Math.Max(cosine, 0));

    /// <summary>RefCLIPScore of captions.</summary>
    /// <param name="images">Pictures in the joint space, <c>[pairs, embedding]</c>.</param>
    /// <param name="captions">Their captions, <c>[pairs, embedding]</c>.</param>
    /// <param name="references">A tensor for each pair: its references, <c>[references, embedding]</c>.</param>
    public static double[] WithReferences(Tensor images, Tensor captions, IReadOnlyList<Tensor> references)
    {
        var alone = Of(images, captions);
        using var scope = new TensorScope();
        return [.. alone.Select((score, at) =>
        {
            var nearest = Math.Max(0, Cosines(captions.Narrow(0, at, 1).Expand(references[at].Size(0), captions.Size(1)), references[at]).Max());
            return score + nearest == 0 ? 0 : 2 * score * nearest / (score + nearest);
        })];
    }

    private static double[] Cosines(Tensor left, Tensor right)
    {
        using var scope = new TensorScope();
        return Array.ConvertAll((left.Normalize() * right.Normalize()).Sum(1).To(Device.Cpu).To(ScalarType.Float32).ToArray<float>(), cosine => Math.Clamp(cosine, -1.0, 1.0));
    }
}
