using Collimate.Data;
using Collimate.Models.Text;
using Collimate.Tokenization;
using Collimate.Torch;

namespace Collimate.Semantics;

/// <summary>Where words lie in the joint space of a dual encoder.</summary>
public static class WordDirections
{
    /// <summary>The word itself, with the blank before it that starts a word in byte-level vocabularies.</summary>
    public const string Plain = "{}";

    private const int TextsAtOnce = 256;

    /// <summary>Reads every word with the text tower, in each of some templates, and averages the directions.</summary>
    /// <param name="model">The dual encoder.</param>
    /// <param name="tokenizer">Its text tower's tokenizer.</param>
    /// <param name="words">The words.</param>
    /// <param name="templates">Texts in which <c>{}</c> stands for the word, such as <c>a photo of a {}.</c></param>
    /// <returns>Directions of length one, <c>[words, width]</c>.</returns>
    /// <exception cref="DataException">A word or template becomes no token at all, or a template names no place for the word.</exception>
    public static Tensor Of(DualEncoder model, ITokenizer tokenizer, WordList words, IReadOnlyList<string>? templates = null)
    {
        using var off = GradMode.Disable();
        using var scope = new TensorScope();
        Tensor? sum = null;
        foreach (var template in templates ?? [Plain])
        {
            if (!template.Contains("{}", StringComparison.Ordinal))
            {
                throw new DataException($"the template '{template}'", "names no place for the word; write {} there");
            }

            var texts = Enumerable.Range(0, words.Count).Select(word => Ids(tokenizer, words[word], template)).ToArray();
            var directions = Tensor.Cat(texts.Chunk(TextsAtOnce).Select(chunk => Encode(model, chunk))); // [words, width]
            sum = sum is null ? directions : sum + directions;
        }

        return scope.Escape(sum!.Normalize());
    }

    private static int[] Ids(ITokenizer tokenizer, string word, string template)
    {
        // Byte-level vocabularies know a word by the blank before it; a tokenizer that puts its own marks around a text needs none.
        var text = template.Replace("{}", word, StringComparison.Ordinal);
        int[] ids = tokenizer.BosId is null && template == Plain ? tokenizer.Encode(" " + word) : [.. tokenizer.EncodeText(text).Ids];
        return ids.Length > 0 ? ids : throw new DataException($"the word '{word}'", "becomes no token in the text tower's tokenizer; take it out of the list");
    }

    private static Tensor Encode(DualEncoder model, int[][] texts)
    {
        using var scope = new TensorScope();
        var limit = model.Config.Text.MaxPositions;
        // Texts of one length share a batch, so that nothing is padding.
        var rows = new Tensor[texts.Length];
        foreach (var alike in texts.Index().GroupBy(text => Math.Min(text.Item.Length, limit)))
        {
            var ids = alike.SelectMany(text => text.Item.Take(limit)).Select(id => (long)id).ToArray();
            var encoded = model.EncodeText(Tensor.From(ids, [alike.Count(), alike.Key]).To(model.LogitScale.Device)).Normalize();
            foreach (var (at, (row, _)) in alike.Index())
            {
                rows[row] = encoded.Narrow(0, at, 1);
            }
        }

        return scope.Escape(Tensor.Cat(rows));
    }
}
