using Collimate.Alignment;
using Collimate.Alignment.Objectives;
using Collimate.Data.Conversations;
using Collimate.Torch;
using Collimate.Training.Programs;

namespace Collimate.Evaluation;

/// <summary>Whether a model would answer exactly as the truth says, for many questions in one pass.</summary>
/// <remarks>
/// Greedy decoding gives the true answer if and only if, with the true answer as input, every one of its tokens (the end mark included)
/// is the highest-scored: so one pass over packed questions says the same as decoding each of them, many times faster. Where the model orders a picture's
/// tokens by the question, every question has a row of its own.
/// </remarks>
public static class ExactAnswers
{
    /// <summary>Checks every exchange of every sample.</summary>
    /// <param name="model">The model.</param>
    /// <param name="samples">Conversations whose assistant turns are the truth.</param>
    /// <param name="batcher">Renders them; packed, so that exchanges do not see each other.</param>
    /// <param name="batchSize">Samples a pass.</param>
    /// <param name="cancellation">Ends the check early.</param>
    /// <returns>Per sample, per exchange: whether the answer would be exactly right.</returns>
    public static bool[][] Check(
        VisionLanguageModel model, IReadOnlyList<Sample> samples, ConversationBatcher batcher, int batchSize = 32, CancellationToken cancellation = default)
    {
        if (model.Composition.OrdersByQuestion && batcher.Packed)
        {
            var apart = samples.Select(sample => SeparateExchanges.Of(sample).ToArray()).ToArray();
            var verdicts = new Queue<bool>(Check(model, [.. apart.SelectMany(alone => alone)], batcher with { Packed = false }, batchSize, cancellation).Select(verdict => verdict[0]));
            return [.. apart.Select(alone => alone.Select(_ => verdicts.Dequeue()).ToArray())];
        }

        using var off = GradMode.Disable();
        var results = new List<bool[]>(samples.Count);
        foreach (var chunk in samples.Chunk(batchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = new TensorScope();
            using var batch = batcher.ToBatch(chunk, forGeneration: false, model.Device);
            results.AddRange(AnswerScores.Of(model.Forward(batch)).Exact);
        }

        return [.. results];
    }
}
