using System.Text;
using Collimate.Alignment;
using Collimate.Tokenization;

namespace Collimate.Evaluation.Language;

/// <summary>How surprised a model is by text.</summary>
/// <param name="LogLikelihood">The logarithm of the text's probability, in nats: a sum over its tokens.</param>
/// <param name="Tokens">How many tokens were foretold.</param>
/// <param name="Bytes">How many bytes of UTF-8 the text has.</param>
public readonly record struct PerplexityScore(double LogLikelihood, long Tokens, long Bytes)
{
    /// <summary>e to the mean surprise of a token; NaN without tokens. Comparable only between models of one tokenizer.</summary>
    public double Perplexity => Math.Exp(-LogLikelihood / Tokens);

    /// <summary>The surprise of a byte, in bits; comparable between models of any tokenizers.</summary>
    public double BitsPerByte => -LogLikelihood / Math.Log(2) / Bytes;

    /// <summary>The score of two texts together.</summary>
    public static PerplexityScore operator +(PerplexityScore first, PerplexityScore second) =>
        new(first.LogLikelihood + second.LogLikelihood, first.Tokens + second.Tokens, first.Bytes + second.Bytes);
}

/// <summary>
/// Perplexity of plain text of any length: windows of the model's context that overlap by half, so that every token but the first of the text is foretold
/// once, from at least half a window where there is as much before it.
/// </summary>
public static class TextPerplexity
{
    /// <summary>Scores a text.</summary>
    /// <param name="model">The model; it is shown no picture.</param>
    /// <param name="tokenizer">Its decoder's tokenizer.</param>
    /// <param name="text">The text; what looks like a special token in it is ordinary text.</param>
    /// <param name="context">Tokens of a window, at least 2; the model's whole context where null.</param>
    /// <param name="progress">Is told how many tokens are done, and of how many.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static PerplexityScore Of(
        VisionLanguageModel model, ITokenizer tokenizer, string text, int? context = null, Action<long, long>? progress = null, CancellationToken cancellation = default)
    {
        var window = Math.Min(context ?? int.MaxValue, model.Language.Config.MaxPositions);
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 2, nameof(context));
        int[] tokens = [.. tokenizer.BosId is { } bos ? [bos] : Array.Empty<int>(), .. tokenizer.EncodeWithOffsets(text, recogniseAdded: false).Select(token => token.Id)];
        var windows = Windows(tokens, window).ToArray();
        var foretold = windows.Sum(one => (long)one.After.Length);
        var likelihood = Continuations.LogLikelihoods(model, windows, count => progress?.Invoke(windows.Take(count).Sum(one => (long)one.After.Length), foretold), cancellation).Sum();
        return new PerplexityScore(likelihood, foretold, Encoding.UTF8.GetByteCount(text));
    }

    /// <summary>Cuts a text into what is given and what is foretold; every token but the first is foretold once.</summary>
    internal static IEnumerable<Continuation> Windows(int[] tokens, int window)
    {
        for (var next = 1; next < tokens.Length;)
        {
            var start = next == 1 ? 0 : Math.Max(0, next - (window / 2));
            var end = Math.Min(tokens.Length, start + window);
            yield return new Continuation(tokens[start..next], tokens[next..end]);
            next = end;
        }
    }
}
