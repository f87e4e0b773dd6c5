namespace Collimate.Alignment.Composition.Gps;

/// <summary>Settles what an assignment leaves open when a word stands in a question twice.</summary>
/// <remarks>
/// The network sees words, not where they stand: two places of one word suit every token alike but for the residual on their diagonal, so several permutations have
/// the same sum, and rounding would choose among them, another way in another batch. Of these the one in reading order is taken: it has the same sum.
/// </remarks>
internal static class AlikeTokens
{
    /// <summary>For each of a row's movable tokens, the first that looks the same to the network.</summary>
    /// <param name="words">The ids of words; null for tokens of pictures, which are all different.</param>
    internal static int[] FirstOf(IReadOnlyList<int?> words) =>
        [.. words.Select((word, at) => word is null ? at : Enumerable.Range(0, at + 1).First(other => words[other] == word))];

    /// <summary>Puts what stands in places that look the same in reading order.</summary>
    /// <param name="choice">A permutation: for each place, which token stands there.</param>
    /// <param name="first">For each token, the first that looks the same.</param>
    /// <returns>The permutation of the same sum whose tokens rise over places that look the same; a token that can stay in its place does.</returns>
    internal static int[] InReadingOrder(int[] choice, int[] first)
    {
        var looks = choice.Select(token => first[token]).ToArray();
        Sort(looks, first, look => look);
        var settled = new int[choice.Length];
        foreach (var places in Enumerable.Range(0, choice.Length).GroupBy(place => looks[place]))
        {
            // Only alike tokens stand in these places, and there are as many of them: those whose place this is stay.
            var tokens = Enumerable.Range(0, choice.Length).Where(token => first[token] == places.Key);
            var waiting = new Queue<int>(tokens.Except(places));
            foreach (var place in places)
            {
                settled[place] = first[place] == places.Key ? place : waiting.Dequeue();
            }
        }

        return settled;
    }

    /// <summary>Puts what stands in places that look the same in an order; of one rank what stands first stays first.</summary>
    /// <param name="standing">What stands in each place; put in order.</param>
    /// <param name="alike">A number for each place, the same where they look the same.</param>
    /// <param name="rank">What decides.</param>
    internal static void Sort(int[] standing, int[] alike, Func<int, int> rank)
    {
        foreach (var places in Enumerable.Range(0, standing.Length).GroupBy(place => alike[place]).Where(group => group.Skip(1).Any()).Select(group => group.ToArray()))
        {
            foreach (var (place, one) in places.Zip([.. places.Select(place => standing[place]).OrderBy(rank)]))
            {
                standing[place] = one;
            }
        }
    }
}
