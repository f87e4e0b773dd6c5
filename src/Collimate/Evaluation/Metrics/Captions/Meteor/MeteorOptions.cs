namespace Collimate.Evaluation.Metrics.Captions.Meteor;

/// <summary>METEOR's tuned numbers; the defaults are those of METEOR 1.5 for ranking English.</summary>
/// <param name="Alpha">How much recall weighs against precision.</param>
/// <param name="Beta">How steeply the penalty for scattered matches grows.</param>
/// <param name="Gamma">How large that penalty can be.</param>
/// <param name="Delta">How much content words weigh against function words.</param>
public sealed record MeteorOptions(double Alpha = 0.85, double Beta = 0.20, double Gamma = 0.60, double Delta = 0.75)
{
    /// <summary>What an exact match, one of stems, one of synonyms and one of paraphrases weigh.</summary>
    public IReadOnlyList<double> Weights { get; init; } = [1.0, 0.6, 0.8, 0.6];
}
