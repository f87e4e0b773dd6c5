namespace Collimate.Evaluation.Metrics.Captions;

/// <summary>A caption as COCO's caption tool hands it to its metrics: tokens without punctuation, parted by blanks.</summary>
public static class CaptionWords
{
    private static readonly HashSet<string> Punctuation =
        ["''", "'", "``", "`", "-LRB-", "-RRB-", "-LCB-", "-RCB-", ".", "?", "!", ",", ":", "-", "--", "...", ";"];

    /// <summary>The words of a caption, parted by single blanks.</summary>
    /// <remarks>
    /// pycocoevalcap: PTBTokenizer.tokenize. The names of brackets in its list are in upper case and the tokens in lower, so brackets stay; runs such as "!!" stay as well.
    /// A token may hold a blank that does not break ("5 1/2"): metrics that split at any white space part it, ROUGE-L, which splits at blanks, does not.
    /// </remarks>
    /// <param name="caption">The caption as it was written.</param>
    public static string Of(string caption) => string.Join(' ', PtbTokenizer.Tokenize(caption).Where(token => !Punctuation.Contains(token)));

    /// <summary>The words of tokens that are already split, without punctuation.</summary>
    /// <param name="tokens">The tokens.</param>
    internal static string Of(IEnumerable<string> tokens) => string.Join(' ', tokens.Where(token => !Punctuation.Contains(token)));

    /// <summary>Splits at any white space, as Python's <c>str.split()</c>.</summary>
    internal static string[] Split(string words) => words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
