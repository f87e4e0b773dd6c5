namespace Collimate.Tokenization;

/// <summary>What the Python library does to decoded text on top of the tokenizer's own decoder.</summary>
public static class DecodedText
{
    private static readonly (string Old, string New)[] Rules =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ];

    private static readonly (string Old, string New)[] WordRules = [.. Rules[..7], (" do not", " don't"), .. Rules[7..]];

    /// <summary>Takes out the blanks before English punctuation and contractions.</summary>
    /// <param name="text">Decoded text.</param>
    /// <remarks>transformers: <c>clean_up_tokenization</c>, which <c>clean_up_tokenization_spaces</c> of <c>tokenizer_config.json</c> asks for.</remarks>
    public static string CleanUp(string text) => Apply(text, Rules);

    /// <summary>Turns the mark that ends a word, as CLIP's vocabulary has it, into a blank; without the blanks at the ends.</summary>
    /// <param name="text">Decoded text.</param>
    /// <param name="suffix">The mark.</param>
    /// <remarks>transformers: <c>CLIPTokenizerFast.decode</c>.</remarks>
    public static string JoinWords(string text, string suffix = "</w>") => text.Replace(suffix, " ", StringComparison.Ordinal).Trim();

    internal static string CleanWord(string text) => Apply(text, WordRules);

    private static string Apply(string text, (string Old, string New)[] rules)
    {
        foreach (var (old, replacement) in rules)
        {
            text = text.Replace(old, replacement, StringComparison.Ordinal);
        }

        return text;
    }
}
