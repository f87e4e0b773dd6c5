using Collimate.Data;
using Collimate.Tokenization;
using Collimate.Torch;

namespace Collimate.Semantics;

/// <summary>What words mean to the decoder: the mean of the embeddings of a word's tokens. Source: SEA, equation 8.</summary>
public sealed class WordTargets
{
    private readonly int[][] tokens;

    private WordTargets(int[][] tokens) => this.tokens = tokens;

    /// <summary>Cuts every word into the decoder's tokens, as it stands within a sentence.</summary>
    /// <param name="words">The words.</param>
    /// <param name="tokenizer">The decoder's tokenizer.</param>
    /// <exception cref="DataException">A word becomes no token at all.</exception>
    public static WordTargets Of(WordList words, ITokenizer tokenizer)
    {
        var cut = new int[words.Count][];
        for (var word = 0; word < cut.Length; word++)
        {
            // A blank before the word makes it the token it is within a sentence; SentencePiece puts that blank there itself.
            cut[word] = tokenizer.Encode(tokenizer.IsBytewise ? " " + words[word] : words[word]);
            if (cut[word].Length == 0)
            {
                throw new DataException($"the word '{words[word]}' (line {word + 1} of the word list)", "becomes no token in the decoder's tokenizer; take it out of the list");
            }
        }

        return new WordTargets(cut);
    }

    /// <summary>A word's tokens.</summary>
    /// <param name="word">The word's number.</param>
    public IReadOnlyList<int> TokensOf(int word) => tokens[word];

    /// <summary>The targets of some words.</summary>
    /// <param name="embeddings">The decoder's embedding matrix, <c>[vocabulary, hidden]</c>.</param>
    /// <param name="words">Word numbers.</param>
    /// <returns>One row a word, in single precision or wider, without gradient, <c>[words, hidden]</c>.</returns>
    public Tensor Rows(Tensor embeddings, IReadOnlyList<int> words)
    {
        using var off = GradMode.Disable();
        using var scope = new TensorScope();
        var device = embeddings.Device;
        var ids = words.SelectMany(word => tokens[word]).Select(id => (long)id).ToArray();
        var owners = words.Index().SelectMany(word => Enumerable.Repeat((long)word.Index, tokens[word.Item].Length)).ToArray();
        var lengths = words.Select(word => (float)tokens[word].Length).ToArray();
        var parts = embeddings.IndexSelect(0, Tensor.From(ids).To(device)).To(embeddings.Type == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32);
        var sums = Tensor.Zeros([words.Count, embeddings.Size(1)], parts.Type, device).IndexAdd(0, Tensor.From(owners).To(device), parts);
        return scope.Escape(sums / Tensor.From(lengths, [words.Count, 1], device).To(parts.Type));
    }
}
