using Collimate.Evaluation.Metrics.Stemming;

namespace Collimate.Evaluation.Metrics.Captions.Meteor;

/// <summary>METEOR 1.5 for English: words aligned by form, stem, synonym and paraphrase, scattered matches punished.</summary>
/// <remarks>
/// Denkowski and Lavie 2014. With WordNet, METEOR's paraphrase table and its list of function words the result is METEOR; with less it is another measure and says so in its name, since scores with and
/// without paraphrases differ by hundredths. The figure of a set is computed from the added counts of all captions.
/// </remarks>
public sealed class MeteorScorer
{
    private readonly WordNetSynonyms? synonyms;
    private readonly ParaphraseTable? paraphrases;
    private readonly IReadOnlySet<string> functionWords;
    private readonly MeteorOptions options;

    /// <param name="synonyms">WordNet; without it no synonyms match.</param>
    /// <param name="paraphrases">METEOR's table; without it no paraphrases match.</param>
    /// <param name="functionWords">METEOR's list; ours where null.</param>
    /// <param name="options">The tuned numbers; those for English where null.</param>
    public MeteorScorer(WordNetSynonyms? synonyms = null, ParaphraseTable? paraphrases = null, IReadOnlySet<string>? functionWords = null, MeteorOptions? options = null)
    {
        (this.synonyms, this.paraphrases, this.functionWords, this.options) = (synonyms, paraphrases, functionWords ?? FunctionWords.Default, options ?? new MeteorOptions());
        Name = (synonyms, paraphrases, functionWords) switch
        {
            (not null, not null, not null) => "METEOR",
            (not null, not null, null) => "METEOR (our function words)",
            (not null, null, _) => "METEOR exact+stem+synonym",
            (null, not null, _) => "METEOR exact+stem+paraphrase",
            _ => "METEOR exact+stem",
        };
    }

    /// <summary>METEOR, or which part of it this is.</summary>
    public string Name { get; }

    /// <summary>Scores a set.</summary>
    /// <param name="pairs">Pairs of words; see <see cref="CaptionPair.Tokenized"/>.</param>
    /// <param name="threads">Threads; the result does not depend on them.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public CaptionScores Score(IReadOnlyList<CaptionPair> pairs, int threads = 1, CancellationToken cancellation = default)
    {
        CaptionPair.Check(pairs);
        var each = CaptionScores.OfEach(pairs, threads, Count, cancellation);
        return new CaptionScores(Name, each.Aggregate(MeteorStatistics.Add).Score(options), [.. each.Select(one => one.Score(options))]);
    }

    /// <summary>The counts against the reference that scores best, the first of those.</summary>
    /// <param name="pair">A pair of words.</param>
    public MeteorStatistics Count(CaptionPair pair)
    {
        var candidate = new Sentence(pair.Candidate, this);
        MeteorStatistics? best = null;
        var score = -1.0;
        foreach (var words in pair.References)
        {
            var counts = Count(candidate, new Sentence(words, this));
            if (counts.Score(options) is var value && value > score)
            {
                (best, score) = (counts, value);
            }
        }

        return best ?? new MeteorStatistics();
    }

    private MeteorStatistics Count(Sentence candidate, Sentence reference)
    {
        var chosen = MeteorAlignment.Choose(candidate.Words.Length, Possible(candidate, reference));
        var matches = new (int Content, int ReferenceContent, int Function, int ReferenceFunction)[MeteorStatistics.Stages];
        var (chunks, lastEnd) = (0, -1);
        for (var at = 0; at < chosen.Length;)
        {
            if (chosen[at] is not { } match)
            {
                chunks += lastEnd >= 0 ? 1 : 0;
                (at, lastEnd) = (at + 1, -1);
                continue;
            }

            ref var stage = ref matches[(int)match.Stage];
            var (function, referenceFunction) = (candidate.FunctionWords(match.CandidateStart, match.CandidateLength), reference.FunctionWords(match.Start, match.Length));
            stage.Function += function;
            stage.Content += match.CandidateLength - function;
            stage.ReferenceFunction += referenceFunction;
            stage.ReferenceContent += match.Length - referenceFunction;
            chunks += lastEnd >= 0 && match.CandidateStart != lastEnd ? 1 : 0;
            (at, lastEnd) = (match.End, match.CandidateEnd);
        }

        return new MeteorStatistics
        {
            Words = candidate.Words.Length,
            ReferenceWords = reference.Words.Length,
            FunctionWords = candidate.FunctionWords(0, candidate.Words.Length),
            ReferenceFunctionWords = reference.FunctionWords(0, reference.Words.Length),
            Matches = matches,
            Chunks = chunks + (lastEnd >= 0 ? 1 : 0),
        };
    }

    private List<MeteorMatch>[] Possible(Sentence candidate, Sentence reference)
    {
        var possible = new List<MeteorMatch>[reference.Words.Length];
        var same = candidate.Words.AsSpan().SequenceEqual(reference.Words);
        for (var at = 0; at < possible.Length; at++)
        {
            var matches = possible[at] = [];
            void AddWhere(MeteorStage stage, Func<int, bool> matching)
            {
                for (var word = 0; word < candidate.Words.Length; word++)
                {
                    if (matching(word))
                    {
                        matches.Add(new MeteorMatch(stage, at, 1, word, 1));
                    }
                }
            }

            var (here, position) = (reference.Words[at], at);
            AddWhere(MeteorStage.Exact, word => candidate.Words[word] == here);
            if (same)
            {
                continue; // equal sentences need no other match
            }

            AddWhere(MeteorStage.Stem, word => candidate.Stems[word] == reference.Stems[position] && candidate.Words[word] != here);
            if (reference.Meanings(position) is { Count: > 0 } meanings)
            {
                AddWhere(MeteorStage.Synonym, word => candidate.Words[word] != here && candidate.Meanings(word).Overlaps(meanings));
            }

            foreach (var (length, phrase) in paraphrases?.At(reference.Words, at) ?? [])
            {
                for (var word = 0; word + phrase.Length <= candidate.Words.Length; word++)
                {
                    if (phrase.Length > 0 && candidate.Words.AsSpan(word, phrase.Length).SequenceEqual(phrase))
                    {
                        matches.Add(new MeteorMatch(MeteorStage.Paraphrase, at, length, word, phrase.Length));
                    }
                }
            }
        }

        return possible;
    }

    private sealed class Sentence(string line, MeteorScorer scorer)
    {
        private readonly Dictionary<int, IReadOnlySet<int>> meanings = [];
        private string[]? stems;

        public string[] Words { get; } = MeteorWords.Of(line);

        public string[] Stems => stems ??= Array.ConvertAll(Words, EnglishStemmer.Stem);

        public int FunctionWords(int from, int length) => Words.Skip(from).Take(length).Count(scorer.functionWords.Contains);

        public IReadOnlySet<int> Meanings(int at) => meanings.TryGetValue(at, out var known) ? known : meanings[at] = scorer.synonyms?.Of(Words[at]) ?? new HashSet<int>();
    }
}
