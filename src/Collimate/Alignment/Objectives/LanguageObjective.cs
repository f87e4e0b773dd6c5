using Collimate.Torch;
using Collimate.Torch.Fused;

namespace Collimate.Alignment.Objectives;

/// <summary>Next-token cross-entropy on the answers, averaged over the answer tokens of the whole batch.</summary>
/// <remarks>Logits are computed only where labels are, a few rows at a time, and never kept.</remarks>
public sealed class LanguageObjective : IObjective
{
    private const int Round = 64;

    /// <inheritdoc/>
    public Tensor Loss(ForwardPass pass, BatchShare share)
    {
        using var scope = new TensorScope();
        var labels = pass.Sequence.Positions.Labels;
        var places = Enumerable.Range(0, labels.Length).Where(k => labels[k] != Positions.NoLabel).ToArray();
        var device = pass.Hidden.Device;
        // Filled up to a round number with rows that do not count, so that few distinct shapes occur: bf16 products are compiled per shape.
        var padded = new int[(places.Length + Round - 1) / Round * Round];
        places.CopyTo(padded, 0);
        var where = Tensor.From([.. padded.Select(k => (long)k)], [padded.Length], device);
        var targets = Tensor.From([.. padded.Select((k, at) => (long)(at < places.Length ? labels[k] : Positions.NoLabel))], [padded.Length], device);
        var hidden = pass.Hidden.Reshape(-1, pass.Hidden.Size(-1)).IndexSelect(0, where); // [labelled, hidden]
        var sum = FusedOperators.LinearCrossEntropy(hidden, pass.Model.Language.HeadWeight, targets).Sum;
        return scope.Escape(sum / share.AnswerTokens);
    }
}
