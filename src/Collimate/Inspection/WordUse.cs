namespace Collimate.Inspection;

/// <summary>How much of a word list visual tokens ever recall: a model whose tokens all mean the same few words says nothing by them.</summary>
/// <param name="Words">How many words the list has.</param>
/// <param name="Used">How many of them are the nearest word of some token.</param>
/// <param name="Tokens">How many tokens were looked at.</param>
/// <param name="EffectiveWords">
/// e^H, where H is the entropy of the nearest words' shares in nats: as many words, all alike, would be as varied. 1 where one word is recalled always.
/// </param>
/// <param name="Frequent">The words recalled most, most frequent first.</param>
public sealed record WordUse(int Words, int Used, long Tokens, double EffectiveWords, IReadOnlyList<WordFrequency> Frequent)
{
    /// <summary>The share of the list that is ever recalled, 0 to 1.</summary>
    public double UsedShare => (double)Used / Words;

    /// <summary>The share of tokens whose nearest word is the most frequent one, 0 to 1.</summary>
    public double MostFrequentShare => Frequent.Count == 0 ? double.NaN : (double)Frequent[0].Recalled / Tokens;

    /// <summary>Counts words.</summary>
    /// <param name="words">The list.</param>
    /// <param name="recalled">Per word how many tokens it is nearest to.</param>
    /// <param name="right">Per word for how many of those it is right.</param>
    /// <param name="shown">How many of the most frequent words are kept.</param>
    public static WordUse Of(IReadOnlyList<CandidateWord> words, IReadOnlyList<long> recalled, IReadOnlyList<long> right, int shown = 20)
    {
        var total = recalled.Sum();
        var shares = recalled.Where(count => count > 0).Select(count => (double)count / total);
        return new WordUse(
            words.Count, recalled.Count(count => count > 0), total, Math.Exp(-shares.Sum(share => share * Math.Log(share))),
            [.. Enumerable.Range(0, words.Count).Where(word => recalled[word] > 0).OrderByDescending(word => recalled[word]).Take(shown)
                .Select(word => new WordFrequency(words[word].Text, recalled[word], right[word]))]);
    }
}

/// <summary>How often a word is recalled.</summary>
/// <param name="Word">The word.</param>
/// <param name="Recalled">How many tokens it is nearest to.</param>
/// <param name="Right">For how many of them it is right.</param>
public sealed record WordFrequency(string Word, long Recalled, long Right);
