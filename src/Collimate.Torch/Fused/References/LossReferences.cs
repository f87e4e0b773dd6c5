namespace Collimate.Torch.Fused;

/// <summary>Cross-entropy through a linear head, operator by operator, with all logits at once.</summary>
internal static class LossReferences
{
    private static readonly Operator CrossEntropy = Operator.Find("aten::cross_entropy_loss");

    public static (Tensor Sum, Tensor Count, Tensor Losses, Tensor Hits) LinearCrossEntropy(Tensor hidden, Tensor weight, Tensor targets, long ignoreIndex)
    {
        const int noReduction = 0;
        using var scope = new TensorScope();
        var logits = hidden.Linear(weight);                                    // [rows, classes]
        logits = logits.Type is ScalarType.Float16 or ScalarType.BFloat16 ? logits.To(ScalarType.Float32) : logits;
        var losses = CrossEntropy.Call(logits, targets, Argument.None, noReduction, ignoreIndex);
        var counts = targets.Ne(ignoreIndex);
        var hits = logits.ArgMax(-1).Eq(targets).LogicalAnd(counts);
        return (scope.Escape(losses.Sum()), scope.Escape(counts.Sum()), scope.Escape(losses), scope.Escape(hits));
    }
}
