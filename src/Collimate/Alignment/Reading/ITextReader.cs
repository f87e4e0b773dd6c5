using Collimate.Models.Language;
using Collimate.Torch;

namespace Collimate.Alignment.Reading;

/// <summary>Reads questions for parts that look by them: a text encoder, or the decoder's own embeddings.</summary>
public interface ITextReader
{
    /// <summary>Width of a token's vector.</summary>
    int Width { get; }

    /// <summary>Reads questions.</summary>
    /// <param name="questions">The questions; at least one.</param>
    /// <param name="language">The decoder.</param>
    ReadText Read(IReadOnlyList<PictureQuestion> questions, CausalLanguageModel language);
}

/// <summary>What a reader made of questions.</summary>
/// <param name="Tokens"><c>[texts, tokens, width]</c>, short texts filled up.</param>
/// <param name="Lengths">How many tokens each text has.</param>
public sealed record ReadText(Tensor Tokens, int[] Lengths)
{
    /// <summary>The same with exactly so many tokens a text: longer ones are cut at the end, and beyond a text stand zeros, whatever stood there.</summary>
    /// <param name="length">How many tokens.</param>
    public ReadText Fitted(int length)
    {
        using var scope = new TensorScope();
        var (texts, tokens, width) = (Tokens.Size(0), (int)Tokens.Size(1), Tokens.Size(2));
        var kept = Math.Min(tokens, length);
        int[] lengths = [.. Lengths.Select(own => Math.Min(own, length))];
        var inside = Tokens.Slice(1, 0, kept);
        if (lengths.Any(own => own < kept))
        {
            inside = Tensor.Where(Mask(lengths, kept, inside.Device), inside, Tensor.Zeros([1], inside.Type, inside.Device));
        }

        var fitted = kept == length ? inside : Tensor.Cat([inside, Tensor.Zeros([texts, length - kept, width], inside.Type, inside.Device)], 1);
        return new ReadText(scope.Escape(ReferenceEquals(fitted, Tokens) ? fitted.Alias() : fitted), lengths);
    }

    /// <summary>1 where a text has a token, row-major <c>[texts, tokens]</c>.</summary>
    public int[] Valid => Marks(Lengths, (int)Tokens.Size(1));

    private static Tensor Mask(int[] lengths, int tokens, Device device) =>
        Tensor.From([.. Marks(lengths, tokens).Select(mark => (long)mark)], [lengths.Length, tokens, 1], device).Ne(0);

    private static int[] Marks(int[] lengths, int tokens) => [.. lengths.SelectMany(own => Enumerable.Range(0, tokens).Select(token => token < own ? 1 : 0))];
}
