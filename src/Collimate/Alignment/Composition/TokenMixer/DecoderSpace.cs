using Collimate.Torch;

namespace Collimate.Alignment.Composition.TokenMixer;

/// <summary>The decoder's input embeddings: projected patches against embedded tokens, as the paper compares them.</summary>
internal sealed class DecoderSpace : ISimilaritySpace
{
    /// <inheritdoc/>
    public bool ReadsWords => false;

    /// <inheritdoc/>
    public (Tensor Patches, Tensor Words) Embed(Tensor visual, Tensor text, Batch batch, IReadOnlyList<PictureWords> pictures, int most)
    {
        var perRow = (int)text.Size(1);
        var taken = new long[pictures.Count * most];
        for (var image = 0; image < pictures.Count; image++)
        {
            var (row, words) = (pictures[image].Row, pictures[image].Words);
            for (var k = 0; k < most; k++)
            {
                taken[(image * most) + k] = (row * perRow) + (k < words.Length ? words[k].First : 0);
            }
        }

        var width = text.Size(-1);
        var tokens = text.Reshape(-1, width).IndexSelect(0, Tensor.From(taken).To(text.Device)); // [images · most, hidden]
        return (visual, tokens.Reshape(pictures.Count, most, width));
    }
}
