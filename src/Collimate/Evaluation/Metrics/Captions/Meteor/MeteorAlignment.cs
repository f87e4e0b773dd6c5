namespace Collimate.Evaluation.Metrics.Captions.Meteor;

/// <summary>Chooses among the possible matches of two sentences: most exact words, then fewest chunks, then the shortest way.</summary>
/// <remarks>
/// A beam of 40 over the reference's words, as METEOR 1.5's aligner. That aligner adds half a match into a whole number, so that in choosing only exact matches count; and a word's distance is added to the
/// path that leaves the word out. Both are kept, for scores to be equal.
/// </remarks>
internal static class MeteorAlignment
{
    private const int Beam = 40;

    /// <summary>The chosen matches by the reference's word at which they begin; null where none does.</summary>
    /// <param name="candidate">How many words the candidate has.</param>
    /// <param name="possible">All matches by the reference's word at which they begin.</param>
    public static MeteorMatch?[] Choose(int candidate, IReadOnlyList<IReadOnlyList<MeteorMatch>> possible)
    {
        var reference = possible.Count;
        var (used, referenceUsed) = (new int[candidate], new int[reference]);
        foreach (var match in possible.SelectMany(matches => matches))
        {
            Count(used, match.CandidateStart, match.CandidateEnd);
            Count(referenceUsed, match.Start, match.End);
        }

        var start = new Path(candidate, reference);
        foreach (var matches in possible)
        {
            if (matches is [var only] && OnlyOnce(used, only.CandidateStart, only.CandidateEnd) && OnlyOnce(referenceUsed, only.Start, only.End))
            {
                start.Take(only);
            }
        }

        List<Path> paths = [start];
        for (var word = 0; word < reference; word++)
        {
            var next = new List<Path>();
            foreach (var path in paths.Order(Path.Better).Take(Beam))
            {
                path.Settle();
                Advance(path, word, possible[word], next);
            }

            paths = next.Count > 0 ? next : [paths.Order(Path.Better).First()];
        }

        var final = paths.Order(Path.Better).Take(Beam).ToArray();
        foreach (var path in final)
        {
            path.Chunks += path.LastEnd >= 0 ? 1 : 0;
        }

        var best = final.Order(Path.Better).First();
        best.Settle();
        return best.Chosen;
    }

    private static void Advance(Path path, int word, IReadOnlyList<MeteorMatch> possible, List<Path> next)
    {
        if (path.ReferenceUsed[word])
        {
            if (word < path.At)
            {
                next.Add(path); // amid a phrase
            }
            else if (path.Chosen[path.At] is { } certain)
            {
                path.Walk(certain);
                path.Distance += Math.Abs(certain.Start - certain.CandidateStart);
                next.Add(path);
            }

            return;
        }

        foreach (var match in possible)
        {
            if (path.IsFree(match))
            {
                next.Add(new Path(path, match));
                path.Distance += Math.Abs(match.Start - match.CandidateStart);
            }
        }

        if (path.LastEnd >= 0)
        {
            path.Chunks++;
            path.LastEnd = -1;
        }

        path.At++;
        next.Add(path);
    }

    private static void Count(int[] used, int from, int to)
    {
        for (var at = from; at < to; at++)
        {
            used[at]++;
        }
    }

    private static bool OnlyOnce(int[] used, int from, int to) => !used.AsSpan(from, to - from).ContainsAnyExcept(1);

    /// <summary>Choices for the words up to a place.</summary>
    private sealed class Path
    {
        public static readonly Comparer<Path> Better = Comparer<Path>.Create((left, right) =>
            (right.Weight - left.Weight) is not 0 and var weight ? weight : (left.Chunks - right.Chunks) is not 0 and var chunks ? chunks : left.Distance - right.Distance);

        private bool[] used;
        private MeteorMatch? last; // walked, but not yet taken: most paths never come that far

        public Path(int candidate, int reference) => (used, ReferenceUsed, Chosen) = (new bool[candidate], new bool[reference], new MeteorMatch?[reference]);

        public Path(Path other, MeteorMatch match)
        {
            (used, ReferenceUsed, Chosen, last) = (other.used, other.ReferenceUsed, other.Chosen, match);
            (At, LastEnd, Chunks, Distance, Weight) = (other.At, other.LastEnd, other.Chunks, other.Distance, other.Weight);
            Walk(match);
        }

        public bool[] ReferenceUsed { get; private set; }

        public MeteorMatch?[] Chosen { get; private set; }

        public int At { get; set; }

        public int LastEnd { get; set; } = -1;

        public int Chunks { get; set; }

        public int Distance { get; set; }

        private int Weight { get; set; }

        public bool IsFree(MeteorMatch match) =>
            !used.AsSpan(match.CandidateStart, match.CandidateLength).Contains(true) && !ReferenceUsed.AsSpan(match.Start, match.Length).Contains(true);

        public void Take(MeteorMatch match)
        {
            Chosen[match.Start] = match;
            used.AsSpan(match.CandidateStart, match.CandidateLength).Fill(true);
            ReferenceUsed.AsSpan(match.Start, match.Length).Fill(true);
        }

        /// <summary>Takes the last match into lists of its own, before the path is followed.</summary>
        public void Settle()
        {
            if (last is { } match)
            {
                (used, ReferenceUsed, Chosen, last) = ([.. used], [.. ReferenceUsed], [.. Chosen], null);
                Take(match);
            }
        }

        public void Walk(MeteorMatch match)
        {
            var half = match.Stage == MeteorStage.Exact ? 2 : 1;
            Weight += (match.CandidateLength * half / 2) + (match.Length * half / 2);
            Chunks += LastEnd >= 0 && match.CandidateStart != LastEnd ? 1 : 0;
            (At, LastEnd) = (match.End, match.CandidateEnd);
        }
    }
}
