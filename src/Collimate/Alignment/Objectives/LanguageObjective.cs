using Collimate.Torch;

namespace Collimate.Alignment.Objectives;

/// <summary>Next-token cross-entropy on the answers, averaged over the answer tokens of the whole batch.</summary>
/// <remarks>Logits are computed only where labels are, a few rows at a time, and never kept.</remarks>
public sealed class LanguageObjective : IObjective
{
    /// <inheritdoc/>
    public Tensor Loss(ForwardPass pass, BatchShare share)
    {
        using var scope = new TensorScope();
        return scope.Escape(AnswerPlaces.Of(pass.Sequence.Positions).Losses(pass).Sum / share.AnswerTokens);
    }
}
