using Collimate.Data.Scenes;
using Collimate.Torch;
using Collimate.Training;

namespace Collimate.Alignment.Objectives;

/// <summary>Pairs of a piece, in every process: what a visual token means, with the negatives of all of them.</summary>
/// <param name="Seen">The visual tokens, this process's with their history, <c>[pairs, hidden]</c>; null where no process has a pair.</param>
/// <param name="Words">The word of each; none occurs twice.</param>
/// <param name="Samples">Samples of the pieces together.</param>
internal sealed record RankPairs(Tensor? Seen, int[] Words, int Samples)
{
    /// <summary>Puts the pairs of all processes together; every process must take part, with or without pairs.</summary>
    /// <param name="ranks">The processes.</param>
    /// <param name="seen">This process's visual tokens, <c>[pairs, hidden]</c> in single precision.</param>
    /// <param name="words">The word of each; none occurs twice.</param>
    /// <param name="samples">Samples of this process's piece.</param>
    /// <param name="seed">The piece's seed, another in every process.</param>
    internal static RankPairs Gather(IRankGroup ranks, Tensor seen, int[] words, int samples, ulong seed)
    {
        using var scope = new TensorScope();
        var (device, hidden) = (seen.Device, seen.Size(1));
        var heads = ranks.Gather(Tensor.From([(long)words.Length, samples, (long)seed], [3])).Select(head => head.ToArray<long>()).ToArray();
        var counts = heads.Select(head => (int)head[0]).ToArray();
        var most = counts.Max();
        var samplesOfAll = heads.Sum(head => (int)head[1]);
        if (most == 0)
        {
            return new RankPairs(null, [], samplesOfAll);
        }

        var padding = most - words.Length; // all processes send as many rows as the one with the most
        var sent = padding == 0 ? seen.Detach() : Tensor.Cat([seen.Detach(), Tensor.Zeros([padding, hidden], seen.Type, device)]);
        var tokens = ranks.Gather(sent);
        var named = ranks.Gather(Tensor.From([.. words.Select(word => (long)word), .. Enumerable.Repeat(0L, padding)], [most])).Select(ids => ids.ToArray<long>()).ToArray();
        var all = Tensor.Cat([.. counts.Index().Select(rank => rank.Index == ranks.Rank ? seen : tokens[rank.Index].To(device).Narrow(0, 0, rank.Item))]);
        int[] allWords = [.. counts.Index().SelectMany(rank => named[rank.Index].Take(rank.Item).Select(word => (int)word))];
        var kept = OneOfEachWord(allWords, heads.Aggregate(0UL, (mixed, head) => (mixed * 0x9E3779B97F4A7C15) ^ (ulong)head[2]));
        return new RankPairs(
            scope.Escape(all.IndexSelect(0, Tensor.From([.. kept.Select(at => (long)at)], [kept.Length], device))), [.. kept.Select(at => allWords[at])], samplesOfAll);
    }

    // Of several processes' tokens with one word each is as likely to stay, and all processes keep the same.
    private static int[] OneOfEachWord(int[] words, ulong seed) =>
    [
        .. words.Index().GroupBy(word => word.Item, word => word.Index).Select(group =>
        {
            var places = group.ToArray();
            var random = new SceneRandom(seed, "pairs of all ranks", group.Key);
            return places[random.Next(places.Length)];
        }).Order(),
    ];
}
