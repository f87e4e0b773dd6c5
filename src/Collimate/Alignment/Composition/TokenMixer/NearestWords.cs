using Collimate.Data;
using Collimate.Torch;

namespace Collimate.Alignment.Composition.TokenMixer;

/// <summary>Which of its picture's words each image token is most like.</summary>
/// <param name="Tokens">Image tokens of a picture.</param>
/// <param name="Words">For each image token the number of the word, the first of equals; [images, tokens].</param>
/// <param name="Cosines">Their cosines; negative infinity where a picture has no words. [images, tokens]</param>
internal sealed record NearestWords(int Tokens, int[] Words, float[] Cosines)
{
    private const double LeastLength = 1e-12;

    /// <summary>Compares a batch: one matrix product, in single precision whatever the model computes in, and outside of its gradients.</summary>
    /// <param name="space">Where they are compared.</param>
    /// <param name="visual">Visual tokens, <c>[images, tokens, hidden]</c>.</param>
    /// <param name="text">Embedded layouts, padded, <c>[rows, tokens, hidden]</c>.</param>
    /// <param name="batch">The rows.</param>
    /// <param name="pictures">What may attract each picture's tokens.</param>
    /// <exception cref="DataException">A similarity is not a number.</exception>
    internal static NearestWords Find(ISimilaritySpace space, Tensor visual, Tensor text, Batch batch, IReadOnlyList<PictureWords> pictures)
    {
        var (images, tokens) = ((int)visual.Size(0), (int)visual.Size(1));
        var most = pictures.Max(picture => picture.Words.Length);
        if (most == 0)
        {
            return new NearestWords(tokens, new int[images * tokens], [.. Enumerable.Repeat(float.NegativeInfinity, images * tokens)]);
        }

        using var off = GradMode.Disable();
        using var wide = Autocast.Suspend(visual.Device.Type);
        using var scope = new TensorScope();
        var (patches, words) = space.Embed(visual, text, batch, pictures, most);
        var towards = words.To(ScalarType.Float32).Normalize().Transpose(1, 2);            // [images, width, most]
        patches = patches.To(ScalarType.Float32);                                          // [images, tokens, width]
        // The word nearest to a patch does not change with the patch's length, so only the products are divided by it.
        var lengths = patches.Norm(-1, keepDimension: true).Clamp_(LeastLength);           // [images, tokens, 1]
        var cosines = patches.BatchMatMul(towards) / lengths;                              // [images, tokens, most]
        if (Beyond(pictures, most) is { } beyond)
        {
            cosines = cosines.MaskedFill(Tensor.From(beyond, [images, 1, most], visual.Device).Ne(0), double.NegativeInfinity);
        }

        var (best, nearest) = cosines.Max(-1);                                             // [images, tokens], the first of equals
        var found = new NearestWords(tokens, [.. nearest.ToArray<long>().Select(word => (int)word)], best.ToArray<float>());
        found.Check(pictures, batch);
        return found;
    }

    private static float[]? Beyond(IReadOnlyList<PictureWords> pictures, int most)
    {
        if (pictures.All(picture => picture.Words.Length == most))
        {
            return null;
        }

        var beyond = new float[pictures.Count * most];
        for (var image = 0; image < pictures.Count; image++)
        {
            beyond.AsSpan((image * most) + pictures[image].Words.Length, most - pictures[image].Words.Length).Fill(1);
        }

        return beyond;
    }

    private void Check(IReadOnlyList<PictureWords> pictures, Batch batch)
    {
        var wrong = Array.FindIndex(Cosines, float.IsNaN);
        if (wrong >= 0)
        {
            throw new DataException(
                batch.Layouts[pictures[wrong / Tokens].Row].SampleId,
                $"the similarity of image token {wrong % Tokens} with the question's words is not a number: a weight or a picture is not finite. If this happens while training, it has diverged: take a lower learning rate, or go back to a checkpoint");
        }
    }
}
