using Collimate.Data;
using Collimate.Data.Conversations;

namespace Collimate.Training.Programs;

/// <summary>Renders a preference: the conversation with the better answers and with the worse, of which only the answers that differ are learnt from.</summary>
internal static class PreferenceRow
{
    /// <summary>Both sides of a preference as one row.</summary>
    /// <param name="sample">The preference.</param>
    /// <param name="batcher">Renders each side.</param>
    /// <exception cref="DataException">The sample is no preference, its sides differ in more than their answers, or in nothing; or one of them cannot be rendered.</exception>
    internal static BatchRow Of(Sample sample, ConversationBatcher batcher)
    {
        var rejected = sample.Rejected ?? throw new DataException(
            sample.Id, "the sample has one answer, but the objective 'dpo' compares two; take data with preferences (type: preferences, or scenes with content: preferences)", DataFault.Record);
        var differing = Differing(sample, rejected);
        return new BatchRow(sample, Learning(batcher.Render(sample), differing))
        {
            Rejected = Learning(batcher.Render(sample with { Conversation = rejected, Rejected = null }), differing),
        };
    }

    private static HashSet<int> Differing(Sample sample, IReadOnlyList<Turn> rejected)
    {
        var chosen = sample.Conversation;
        var differing = Enumerable.Range(0, Math.Min(chosen.Count, rejected.Count)).Where(k => chosen[k] != rejected[k]).ToHashSet();
        if (chosen.Count != rejected.Count || differing.Any(k => chosen[k].Role != "assistant" || rejected[k].Role != "assistant"))
        {
            throw new DataException(sample.Id, "the chosen and the rejected conversation differ in more than their answers; both must ask the same of the same pictures", DataFault.Record);
        }

        return differing.Count > 0 ? differing : throw new DataException(
            sample.Id, "the chosen and the rejected answer are the same, so neither can be preferred; take the pair out", DataFault.Record);
    }

    // Equal answers are as likely on both sides: they belong to the prompt.
    private static TokenLayout Learning(TokenLayout layout, HashSet<int> turns) => layout with
    {
        Learnt = [.. layout.Turns.Select((turn, k) => turns.Contains(turn) && layout.Learnt?[k] != false)],
    };
}
