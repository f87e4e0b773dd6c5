namespace Collimate.Generation;

/// <summary>
/// Changes the scores of one row before a token is chosen. Processors run one after the other; a token that may not follow gets
/// negative infinity.
/// </summary>
public interface ILogitsProcessor
{
    /// <summary>Changes the scores in place.</summary>
    /// <param name="tokens">The row so far: its prompt and what was generated after it.</param>
    /// <param name="scores">One score for every token of the vocabulary.</param>
    void Process(ReadOnlySpan<int> tokens, Span<float> scores);
}
