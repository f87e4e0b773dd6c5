namespace Collimate.Evaluation.Metrics.Captions.Meteor;

/// <summary>The counts of an alignment that a METEOR score is computed from; of many captions they are added.</summary>
public sealed record MeteorStatistics
{
    internal const int Stages = 4;

    /// <summary>Words of the candidate.</summary>
    public int Words { get; init; }

    /// <summary>Words of the reference.</summary>
    public int ReferenceWords { get; init; }

    /// <summary>Function words of the candidate.</summary>
    public int FunctionWords { get; init; }

    /// <summary>Function words of the reference.</summary>
    public int ReferenceFunctionWords { get; init; }

    /// <summary>Matched words by stage (exact, stem, synonym, paraphrase): content words of the candidate and of the reference, function words of either.</summary>
    public IReadOnlyList<(int Content, int ReferenceContent, int Function, int ReferenceFunction)> Matches { get; init; } = new (int, int, int, int)[Stages];

    /// <summary>Runs of matches that lie in the same order, without a gap, on both sides.</summary>
    public int Chunks { get; init; }

    /// <summary>Matched words of the candidate.</summary>
    public int Matched => Matches.Sum(stage => stage.Content + stage.Function);

    /// <summary>Matched words of the reference.</summary>
    public int ReferenceMatched => Matches.Sum(stage => stage.ReferenceContent + stage.ReferenceFunction);

    private bool IsWhole => Matched == Words && ReferenceMatched == ReferenceWords && Chunks == 1;

    /// <summary>Adds the counts of two captions; the one chunk of a caption that is its reference does not count.</summary>
    /// <param name="sum">The counts so far.</param>
    /// <param name="one">Those of one more caption.</param>
    public static MeteorStatistics Add(MeteorStatistics sum, MeteorStatistics one) => new()
    {
        Words = sum.Words + one.Words,
        ReferenceWords = sum.ReferenceWords + one.ReferenceWords,
        FunctionWords = sum.FunctionWords + one.FunctionWords,
        ReferenceFunctionWords = sum.ReferenceFunctionWords + one.ReferenceFunctionWords,
        Matches = [.. sum.Matches.Zip(one.Matches, (a, b) => (a.Content + b.Content, a.ReferenceContent + b.ReferenceContent, a.Function + b.Function, a.ReferenceFunction + b.ReferenceFunction))],
        Chunks = sum.Chunks + (one.IsWhole ? 0 : one.Chunks),
    };

    /// <summary>The score of these counts.</summary>
    /// <param name="options">The tuned numbers.</param>
    /// <returns>0 to 1.</returns>
    public double Score(MeteorOptions options)
    {
        double Weigh(double content, double function) => (options.Delta * content) + ((1 - options.Delta) * function);
        var (matched, referenceMatched) = (0.0, 0.0);
        for (var stage = 0; stage < Stages; stage++)
        {
            matched += options.Weights[stage] * Weigh(Matches[stage].Content, Matches[stage].Function);
            referenceMatched += options.Weights[stage] * Weigh(Matches[stage].ReferenceContent, Matches[stage].ReferenceFunction);
        }

        var precision = matched / Weigh(Words - FunctionWords, FunctionWords);
        var recall = referenceMatched / Weigh(ReferenceWords - ReferenceFunctionWords, ReferenceFunctionWords);
        var mean = 1 / (((1 - options.Alpha) / precision) + (options.Alpha / recall));
        var scatter = IsWhole ? 0 : Chunks / ((Matched + ReferenceMatched) / 2.0);
        var score = mean * (1 - (options.Gamma * Math.Pow(scatter, options.Beta)));
        return double.IsNaN(score) ? 0 : Math.Max(score, 0);
    }
}
