using Collimate.Inspection;

namespace Collimate.Evaluation;

/// <summary>Counts what the tokens of many scenes mean, batch by batch.</summary>
internal sealed class AlignmentTally
{
    private readonly IReadOnlyList<CandidateWord> words;
    private readonly SceneTruth truth;
    private readonly AlignmentRanks[] ranks;      // by true word
    private readonly long[] recalled;             // by nearest word
    private readonly long[] rightly;              // by nearest word, where it is the true one
    private readonly long[] right = new long[CosineHistogram.Bins];
    private readonly long[] wrong = new long[CosineHistogram.Bins];
    private readonly long[] other = new long[CosineHistogram.Bins];
    private readonly (string Kind, string?[] OfWord, Dictionary<string, long> Same)[] groupings;

    public AlignmentTally(IReadOnlyList<CandidateWord> words, SceneTruth truth)
    {
        (this.words, this.truth) = (words, truth);
        (ranks, recalled, rightly) = (new AlignmentRanks[words.Count], new long[words.Count], new long[words.Count]);
        groupings =
        [
            Grouping("sort", item => truth.World.IsDigit(item) ? "digits" : truth.World.IsSymbol(item) ? "letters" : "objects"),
            Grouping("category", item => truth.World.IsSymbol(item) ? null : truth.World.Items[item].Category),
            Grouping("colour", item => truth.World.Items[item].Colour),
        ];
    }

    /// <summary>Adds all pictures of a map.</summary>
    public void Add(AlignmentMap map)
    {
        for (var at = 0; at < map.Truth.Length; at++)
        {
            var (nearest, word) = (map.Nearest[at], map.Truth[at]);
            var isObject = word != AlignmentMap.Unknown && word != truth.GroundWord;
            recalled[nearest]++;
            rightly[nearest] += nearest == word ? 1 : 0;
            (isObject ? nearest == word ? right : wrong : other)[CosineHistogram.BinOf(map.Cosines[at])]++;
            if (word == AlignmentMap.Unknown)
            {
                continue;
            }

            ranks[word] += AlignmentRanks.Of(map.TruthRanks[at]);
            foreach (var (_, ofWord, same) in groupings)
            {
                if (ofWord[word] is { } group && ofWord[nearest] == group)
                {
                    same[group] = same.GetValueOrDefault(group) + 1;
                }
            }
        }
    }

    /// <summary>The figures so far, with what was measured beside them.</summary>
    public AlignmentReport Report(int scenes, string split, AlignmentRanks unseen, ModalityGap embeddings, IReadOnlyList<ModalityGap> layers) => new()
    {
        Scenes = scenes,
        Split = split,
        Words = words.Count,
        Objects = Sum(word => word != truth.GroundWord),
        Ground = Sum(word => word == truth.GroundWord),
        Unseen = unseen,
        Groups = [.. groupings.SelectMany(grouping => Groups(grouping.Kind, grouping.OfWord, grouping.Same))],
        Use = WordUse.Of(words, recalled, rightly),
        Cosines = new CosineHistogram(right, wrong, other),
        Embeddings = embeddings,
        Layers = layers,
    };

    private IEnumerable<AlignmentGroup> Groups(string kind, string?[] ofWord, Dictionary<string, long> same) => ofWord.OfType<string>().Distinct()
        .Select(name => (Name: name, Ranks: Sum(word => ofWord[word] == name)))
        .Where(group => group.Ranks.Patches > 0)
        .Select(group => new AlignmentGroup(kind, group.Name, group.Ranks, (double)same.GetValueOrDefault(group.Name) / group.Ranks.Patches));

    private AlignmentRanks Sum(Func<int, bool> isWanted)
    {
        var sum = new AlignmentRanks();
        for (var word = 0; word < ranks.Length; word++)
        {
            sum += isWanted(word) ? ranks[word] : default;
        }

        return sum;
    }

    private (string Kind, string?[] OfWord, Dictionary<string, long> Same) Grouping(string kind, Func<int, string?> ofItem) =>
        (kind, [.. truth.ItemOfWord.Select(item => item < 0 ? null : ofItem(item))], []);
}
