namespace Collimate.Evaluation.Metrics.Captions.Meteor;

/// <summary>How two words, or two phrases, may match.</summary>
internal enum MeteorStage
{
    Exact,
    Stem,
    Synonym,
    Paraphrase,
}

/// <summary>Words of a reference that words of a candidate may stand for.</summary>
/// <param name="Stage">How they match.</param>
/// <param name="Start">Their first word in the reference.</param>
/// <param name="Length">How many words of the reference.</param>
/// <param name="CandidateStart">The first word in the candidate.</param>
/// <param name="CandidateLength">How many words of the candidate.</param>
internal sealed record MeteorMatch(MeteorStage Stage, int Start, int Length, int CandidateStart, int CandidateLength)
{
    public int End => Start + Length;

    public int CandidateEnd => CandidateStart + CandidateLength;
}
