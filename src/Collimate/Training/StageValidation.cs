using Collimate.Alignment;
using Collimate.Alignment.Attention;
using Collimate.Alignment.Objectives;
using Collimate.Data.Conversations;
using Collimate.Torch;
using Collimate.Training.Programs;

namespace Collimate.Training;

/// <summary>Judges a model by its loss on samples that it is not trained on.</summary>
/// <param name="Batcher">Turns samples into tokens and pixels.</param>
/// <param name="Samples">The samples, the same every time.</param>
/// <param name="Policy">Who sees whom; null for the model's own policy.</param>
/// <param name="Precision">The type of matrix products; null for single precision.</param>
public sealed record StageValidation(ConversationBatcher Batcher, IReadOnlyList<Sample> Samples, IAttentionPolicy? Policy, ScalarType? Precision)
{
    private const int RowsAtOnce = 8;

    /// <summary>The mean loss of an answer token.</summary>
    /// <param name="model">The model.</param>
    /// <param name="ranks">The processes that share the work and come to the same number; null for this one alone.</param>
    public double Loss(VisionLanguageModel model, IRankGroup? ranks = null)
    {
        var (sum, answers) = (0.0, 0.0);
        var objective = new LanguageObjective();
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
                var count = batch.AnswerTokens;
                sum += objective.Loss(model.Forward(batch, Policy), new BatchShare(1, rows.Length, default)).Item();
                answers += count;
            }
        }
        finally
        {
            model.SetTraining(wasTraining);
        }

        Span<double> sums = [sum, answers];
        ranks?.Sum(sums);
        return sums[0] / Math.Max(1, sums[1]);
    }
}
