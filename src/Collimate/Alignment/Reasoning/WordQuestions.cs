using System.Text;
using Collimate.Torch;
using Collimate.Torch.Layers;
using Collimate.Torch.Serialization;

namespace Collimate.Alignment.Reasoning;

/// <summary>Words with vectors that are learnt, drawn at random or begun with those of a text file (GloVe).</summary>
public sealed class WordQuestions : Module, IQuestionReader
{
    /// <summary>The file that a list of words is kept in.</summary>
    public const string WordsFile = "words.txt";

    private readonly WordList words;
    private readonly Embedding vectors;
    private readonly int most;

    /// <param name="words">The words.</param>
    /// <param name="width">Width of their vectors.</param>
    /// <param name="most">The most words of a question that are read (SMART-101: 110).</param>
    /// <param name="generator">Draws the vectors.</param>
    public WordQuestions(WordList words, int width, int most, Generator? generator)
    {
        (this.words, this.most) = (words, most);
        vectors = AddModule("q_emb", new Embedding(words.Count, width, generator, deviation: 1 / Math.Sqrt(width)));
    }

    /// <inheritdoc/>
    public int Width => (int)vectors.Weight.Size(1);

    /// <summary>Takes over vectors for words that have one.</summary>
    /// <param name="known">Vectors by word, each as wide as this reader's.</param>
    /// <returns>How many of the reader's words had one.</returns>
    public int Begin(IReadOnlyDictionary<string, float[]> known)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        var found = 0;
        for (var id = 0; id < words.Count; id++)
        {
            if (known.TryGetValue(words.WordOf(id), out var vector))
            {
                vectors.Weight.Select(0, id).CopyFrom_(Tensor.From(vector));
                found++;
            }
        }

        return found;
    }

    /// <summary>Another reader of the same words, to share these vectors.</summary>
    internal WordQuestions Twin() => new(words, Width, most, null);

    /// <inheritdoc/>
    public int[] Tokenize(string question)
    {
        var ids = words.Encode(question);
        return ids.Length <= most ? ids : ids[..most];
    }

    /// <inheritdoc/>
    public QuestionTokens Encode(IReadOnlyList<int[]> questions)
    {
        var (ids, _) = PaddedIds.Of(questions, WordList.Padding, vectors.Weight.Device);
        return new QuestionTokens(vectors.Forward(ids), [.. questions.Select(question => question.Length)]);
    }

    /// <inheritdoc/>
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        WholeFile.Write(Path.Combine(folder, WordsFile), Encoding.UTF8.GetBytes(words.ToText()));
    }
}
