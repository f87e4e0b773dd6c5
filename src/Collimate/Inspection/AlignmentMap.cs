using Collimate.Torch;

namespace Collimate.Inspection;

/// <summary>
/// Which word each visual token is nearest to in the decoder's embedding space, beside the word that it should be: where the two agree, vision
/// and language are in line.
/// </summary>
/// <remarks>
/// Nearness is the cosine between a visual token and a word's embedding (the mean of its tokens' embeddings). <em>Alignment accuracy</em> is the
/// share of object patches whose nearest word is the name of what covers them; <see cref="RanksWhere"/> also says how far down the list the name stands.
/// </remarks>
public sealed class AlignmentMap
{
    /// <summary>The truth of a patch that is not judged.</summary>
    public const int Unknown = -1;

    private const int MostTileRows = 2048;
    private const int TileCosines = 1 << 23;

    private AlignmentMap(IReadOnlyList<CandidateWord> words, int images, int tokens, int[] truth, int groundWord, int top)
    {
        (Words, Images, Tokens, Truth, GroundWord, Top) = (words, images, tokens, truth, groundWord, Math.Min(top, words.Count));
        Nearest = new int[truth.Length];
        Cosines = new float[truth.Length];
        TruthCosines = new float[truth.Length];
        TruthRanks = new int[truth.Length];
        Recalled = new int[truth.Length * Top];
        RecalledCosines = new float[truth.Length * Top];
    }

    /// <summary>The words compared with.</summary>
    public IReadOnlyList<CandidateWord> Words { get; }

    /// <summary>How many pictures.</summary>
    public int Images { get; }

    /// <summary>Visual tokens of a picture.</summary>
    public int Tokens { get; }

    /// <summary>The number of the word that stands for bare ground, or <see cref="Unknown"/> where no word does.</summary>
    public int GroundWord { get; }

    /// <summary>Per token the number of the true word, or <see cref="Unknown"/>; [images, tokens] in raster order.</summary>
    public int[] Truth { get; }

    /// <summary>Per token the number of the nearest word; of equally near ones the first. [images, tokens]</summary>
    public int[] Nearest { get; }

    /// <summary>Per token the cosine with the nearest word. [images, tokens]</summary>
    public float[] Cosines { get; }

    /// <summary>Per token the cosine with the true word; NaN where it is unknown. [images, tokens]</summary>
    public float[] TruthCosines { get; }

    /// <summary>Per token the place of the true word among all words by cosine, from 1; 0 where it is unknown. Of equally near words the first comes first. [images, tokens]</summary>
    public int[] TruthRanks { get; }

    /// <summary>How many words are kept of each token: as many as were asked for, or all.</summary>
    public int Top { get; }

    /// <summary>Per token the numbers of the nearest words, nearest first; [images, tokens, top].</summary>
    public int[] Recalled { get; }

    /// <summary>Their cosines. [images, tokens, top]</summary>
    public float[] RecalledCosines { get; }

    /// <summary>How often the nearest word is right.</summary>
    public AlignmentScore Score => ScoreOf(0, Images);

    /// <summary>Finds the nearest word of every visual token.</summary>
    /// <param name="visual">Visual tokens in the decoder's space, <c>[images, tokens, hidden]</c>.</param>
    /// <param name="embeddings">The decoder's embedding matrix, <c>[vocabulary, hidden]</c>.</param>
    /// <param name="words">The words to compare with.</param>
    /// <param name="truth">Per token the number of the true word, or <see cref="Unknown"/>; [images, tokens] in raster order.</param>
    /// <param name="groundWord">The number of the word that stands for bare ground; its patches are counted apart. <see cref="Unknown"/> where no word does.</param>
    /// <param name="top">How many of a token's nearest words are kept.</param>
    /// <exception cref="ArgumentException">Shapes, word numbers or token ids do not fit one another.</exception>
    public static AlignmentMap Measure(
        Tensor visual, Tensor embeddings, IReadOnlyList<CandidateWord> words, ReadOnlySpan<int> truth, int groundWord = Unknown, int top = 5)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(top);
        Check(visual, embeddings, words, truth, groundWord);
        using var off = GradMode.Disable();
        using var scope = new TensorScope();
        var map = new AlignmentMap(words, (int)visual.Size(0), (int)visual.Size(1), truth.ToArray(), groundWord, top);
        var rows = visual.Reshape(-1, visual.Size(2));                                   // [images · tokens, hidden]
        var directions = Directions(embeddings, words).Transpose(0, 1).Contiguous();     // [hidden, words]
        var tileRows = Math.Clamp(TileCosines / words.Count, 1, MostTileRows);
        for (var start = 0; start < map.Nearest.Length; start += tileRows)
        {
            using var tile = new TensorScope();
            var count = Math.Min(tileRows, map.Nearest.Length - start);
            var unit = rows.Narrow(0, start, count).To(ScalarType.Float32).Normalize();  // [tile, hidden]
            map.Read(start, unit.MatMul(directions).ToArray<float>());                   // [tile, words]
        }

        return map;
    }

    /// <summary>The nearest word of a token.</summary>
    public CandidateWord WordAt(int image, int token) => Words[Nearest[(image * Tokens) + token]];

    /// <summary>Whether a token's nearest word is the true one.</summary>
    public bool IsRight(int image, int token) => Nearest[(image * Tokens) + token] == Truth[(image * Tokens) + token];

    /// <summary>How often the nearest word is right in some of the pictures.</summary>
    /// <param name="first">The first picture.</param>
    /// <param name="count">How many.</param>
    public AlignmentScore ScoreOf(int first, int count)
    {
        var score = new AlignmentScore();
        for (var at = first * Tokens; at < (first + count) * Tokens; at++)
        {
            var hit = Nearest[at] == Truth[at] ? 1 : 0;
            score += Truth[at] == Unknown ? default
                : Truth[at] == GroundWord ? new AlignmentScore(0, 0, hit, 1)
                : new AlignmentScore(hit, 1, 0, 0);
        }

        return score;
    }

    /// <summary>How far down the list the true word stands, over the tokens whose true word is one of some.</summary>
    /// <param name="isWanted">Whether a word, by its number, is one of them.</param>
    public AlignmentRanks RanksWhere(Func<int, bool> isWanted)
    {
        var ranks = new AlignmentRanks();
        for (var at = 0; at < Truth.Length; at++)
        {
            ranks += Truth[at] != Unknown && isWanted(Truth[at]) ? AlignmentRanks.Of(TruthRanks[at]) : default;
        }

        return ranks;
    }

    /// <summary>A token's nearest words with their cosines, nearest first.</summary>
    public IEnumerable<(CandidateWord Word, float Cosine)> RecalledAt(int image, int token) =>
        Enumerable.Range(((image * Tokens) + token) * Top, Top).Select(at => (Words[Recalled[at]], RecalledCosines[at]));

    /// <summary>The words' embeddings, each of length one, <c>[words, hidden]</c>.</summary>
    internal static Tensor Directions(Tensor embeddings, IReadOnlyList<CandidateWord> words)
    {
        var ids = words.SelectMany(word => word.TokenIds.Select(id => (long)id)).ToArray();
        var owners = words.SelectMany((word, number) => Enumerable.Repeat((long)number, word.TokenIds.Count)).ToArray();
        var device = embeddings.Device;
        var parts = embeddings.IndexSelect(0, Tensor.From(ids).To(device)).To(ScalarType.Float32);  // [tokens of all words, hidden]
        var sums = Tensor.Zeros([words.Count, embeddings.Size(1)], device: device)
            .IndexAdd(0, Tensor.From(owners).To(device), parts);                                    // [words, hidden]
        return sums.Normalize(); // a mean and a sum point the same way
    }

    private void Read(int start, float[] cosines)
    {
        for (var row = 0; row < cosines.Length / Words.Count; row++)
        {
            var at = start + row;
            var mine = cosines.AsSpan(row * Words.Count, Words.Count);
            var best = Recalled.AsSpan(at * Top, Top);
            var cosinesOfBest = RecalledCosines.AsSpan(at * Top, Top);
            KeepNearest(mine, best, cosinesOfBest);
            (Nearest[at], Cosines[at]) = (best[0], cosinesOfBest[0]);
            (TruthCosines[at], TruthRanks[at]) = Truth[at] == Unknown ? (float.NaN, 0) : (mine[Truth[at]], RankOf(Truth[at], mine));
        }
    }

    // In order: the nearest first, of equally near ones the first word.
    private static void KeepNearest(ReadOnlySpan<float> cosines, Span<int> best, Span<float> cosinesOfBest)
    {
        for (var word = 0; word < cosines.Length; word++)
        {
            var kept = Math.Min(word, best.Length);
            if (kept == best.Length && !(cosines[word] > cosinesOfBest[^1]))
            {
                continue;
            }

            var place = Math.Min(kept, best.Length - 1);
            for (; place > 0 && cosinesOfBest[place - 1] < cosines[word]; place--)
            {
                (best[place], cosinesOfBest[place]) = (best[place - 1], cosinesOfBest[place - 1]);
            }

            (best[place], cosinesOfBest[place]) = (word, cosines[word]);
        }
    }

    private static int RankOf(int truth, ReadOnlySpan<float> cosines)
    {
        var rank = 1;
        for (var word = 0; word < cosines.Length; word++)
        {
            rank += cosines[word] > cosines[truth] || (word < truth && cosines[word] == cosines[truth]) ? 1 : 0;
        }

        return rank;
    }

    private static void Check(Tensor visual, Tensor embeddings, IReadOnlyList<CandidateWord> words, ReadOnlySpan<int> truth, int groundWord)
    {
        if (visual.Rank != 3 || embeddings.Rank != 2 || visual.Size(2) != embeddings.Size(1))
        {
            throw new ArgumentException($"visual tokens are [images, tokens, hidden] and embeddings [vocabulary, hidden]; found {visual} and {embeddings}", nameof(visual));
        }

        if (truth.Length != visual.Size(0) * visual.Size(1))
        {
            throw new ArgumentException($"{visual.Size(0)} pictures of {visual.Size(1)} tokens need as many true words, found {truth.Length}", nameof(truth));
        }

        if (words.Count == 0 || words.Any(word => word.TokenIds.Count == 0 || word.TokenIds.Any(id => id < 0 || id >= embeddings.Size(0))))
        {
            throw new ArgumentException($"every word needs tokens from 0 to {embeddings.Size(0) - 1}, and there must be a word", nameof(words));
        }

        foreach (var word in (ReadOnlySpan<int>)[groundWord, .. truth])
        {
            if (word < Unknown || word >= words.Count)
            {
                throw new ArgumentException($"there is no word {word} among {words.Count}; use {Unknown} where the truth is unknown", nameof(truth));
            }
        }
    }
}
