using Collimate.Models.Language;
using Collimate.Torch;

namespace Collimate.Alignment.Reading;

/// <summary>The decoder's own embeddings, a vector a token. A reader does not learn: no gradient reaches the embeddings from here.</summary>
/// <param name="width">The decoder's width.</param>
public sealed class DecoderReader(int width) : ITextReader
{
    /// <inheritdoc/>
    public int Width => width;

    /// <inheritdoc/>
    public ReadText Read(IReadOnlyList<PictureQuestion> questions, CausalLanguageModel language)
    {
        using var off = GradMode.Disable();
        using var scope = new TensorScope();
        int[] lengths = [.. questions.Select(question => question.TokenIds.Length)];
        var most = Math.Max(1, lengths.Max());
        var ids = new long[questions.Count * most];
        foreach (var (at, question) in questions.Index())
        {
            for (var token = 0; token < question.TokenIds.Length; token++)
            {
                ids[(at * most) + token] = question.TokenIds[token];
            }
        }

        var device = language.EmbeddingWeight.Device;
        return new ReadText(scope.Escape(language.Embed(Tensor.From(ids, [questions.Count, most]).To(device))), lengths); // [texts, tokens, width]
    }
}
