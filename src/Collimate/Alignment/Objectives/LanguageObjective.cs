using Collimate.Torch;
using Collimate.Torch.Fused;

namespace Collimate.Alignment.Objectives;

/// <summary>Next-token cross-entropy on the answers, averaged over the answer tokens of the whole batch.</summary>
/// <remarks>Logits are computed only where labels are, a few rows at a time, and never kept.</remarks>
public sealed class LanguageObjective : IObjective
{
    /// <inheritdoc/>
    public Tensor Loss(ForwardPass pass, BatchShare share)
    {
        using var scope = new TensorScope();
        var (where, targets) = AnswerPlaces.Of(pass.Sequence.Positions).On(pass.Hidden.Device);
        var hidden = pass.Hidden.Reshape(-1, pass.Hidden.Size(-1)).IndexSelect(0, where); // [labelled, hidden]
        var sum = FusedOperators.LinearCrossEntropy(hidden, pass.Model.Language.HeadWeight, targets).Sum;
        return scope.Escape(sum / share.AnswerTokens);
    }
}
