using Collimate.Torch;

namespace Collimate.Alignment.Composition.TokenMixer;

/// <summary>Where image tokens and words are compared.</summary>
internal interface ISimilaritySpace
{
    /// <summary>Whether words are compared whole; otherwise each token by itself.</summary>
    bool ReadsWords { get; }

    /// <summary>Brings image tokens and words into the space; lengths do not matter.</summary>
    /// <param name="visual">Visual tokens, <c>[images, tokens, hidden]</c>.</param>
    /// <param name="text">Embedded layouts, padded, <c>[rows, tokens, hidden]</c>.</param>
    /// <param name="batch">The rows.</param>
    /// <param name="pictures">What may attract each picture's tokens.</param>
    /// <param name="most">The most attractors that a picture has, at least 1.</param>
    /// <returns><c>[images, tokens, width]</c> and <c>[images, most, width]</c>; what lies beyond a picture's attractors is not read.</returns>
    (Tensor Patches, Tensor Words) Embed(Tensor visual, Tensor text, Batch batch, IReadOnlyList<PictureWords> pictures, int most);
}
