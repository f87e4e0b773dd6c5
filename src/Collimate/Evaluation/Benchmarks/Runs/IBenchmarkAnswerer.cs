using Collimate.Data.Conversations;

namespace Collimate.Evaluation.Benchmarks.Runs;

/// <summary>Answers questions: a model, or something in its place.</summary>
public interface IBenchmarkAnswerer
{
    /// <summary>Answers several questions at once, always taking the likeliest token.</summary>
    /// <param name="batch">The questions.</param>
    /// <param name="maxNewTokens">The most tokens of an answer.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <returns>What was written, a question each.</returns>
    IReadOnlyList<string> Answer(IReadOnlyList<AskedItem> batch, int maxNewTokens, CancellationToken cancellation);
}

/// <summary>A question and the conversation that asks it.</summary>
/// <param name="Item">The question.</param>
/// <param name="Conversation">The conversation, of which the answer is missing.</param>
public sealed record AskedItem(BenchmarkItem Item, Sample Conversation);
