using Collimate.Alignment;
using Collimate.Alignment.Attention;
using Collimate.Alignment.Objectives;
using Collimate.Data.Conversations;
using Collimate.Torch;
using Collimate.Training.Programs;

namespace Collimate.Training;

/// <summary>Judges a model by its loss and its exact answers on samples that it is not trained on.</summary>
/// <param name="Batcher">Turns samples into tokens and pixels.</param>
/// <param name="Samples">The samples, the same every time.</param>
/// <param name="Policy">Who sees whom; null for the model's own policy.</param>
/// <param name="Precision">The type of matrix products; null for single precision.</param>
public sealed record StageValidation(ConversationBatcher Batcher, IReadOnlyList<Sample> Samples, IAttentionPolicy? Policy, ScalarType? Precision)
{
    private const int RowsAtOnce = 8;

    /// <summary>Judges a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="ranks">The processes that share the work and come to the same numbers; null for this one alone.</param>
    public ValidationScore Score(VisionLanguageModel model, IRankGroup? ranks = null)
    {
        Span<double> sums = stackalloc double[4]; // losses, answer tokens, exact answers, answers
        var wasTraining = model.IsTraining;
        model.SetTraining(false);
        try
        {
            foreach (var rows in Samples.Chunk(RowsAtOnce).Where((_, k) => ranks is null || k % ranks.Count == ranks.Rank))
            {
                using var scope = new TensorScope();
                using var noGradient = GradMode.Disable();
                using var batch = Batcher.ToBatch(rows, forGeneration: false, model.Device);
                using var autocast = Autocast.EnableIf(Precision, model.Device.Type);
                var scores = AnswerScores.Of(model.Forward(batch, Policy));
                sums[0] += scores.LossSum;
                sums[1] += scores.Tokens;
                sums[2] += scores.Exact.Sum(row => row.Count(exact => exact));
                sums[3] += scores.Exact.Sum(row => row.Length);
            }
        }
        finally
        {
            model.SetTraining(wasTraining);
        }

        ranks?.Sum(sums);
        return new ValidationScore(sums[0] / Math.Max(1, sums[1]), sums[2] / Math.Max(1, sums[3]));
    }
}

/// <summary>What a validation came to.</summary>
/// <param name="Loss">The mean loss of an answer token, in nats.</param>
/// <param name="Exact">The share of answers that greedy decoding would give exactly, 0 to 1; a conversation whose questions are not packed counts as one.</param>
public readonly record struct ValidationScore(double Loss, double Exact);
