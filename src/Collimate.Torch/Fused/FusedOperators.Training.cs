namespace Collimate.Torch.Fused;

/// <content>The loss at the end of a step, and the update after it.</content>
public static partial class FusedOperators
{
    private static readonly Operator LinearCrossEntropyOperator = Operator.Find("collimate::linear_cross_entropy");
    private static readonly Operator AdamWOperator = Operator.Find("collimate::adamw_");
    private static readonly Operator AdamW8BitOperator = Operator.Find("collimate::adamw_8bit_");
    private static readonly Operator GradientNormOperator = Operator.Find("collimate::gradient_norm");

    /// <summary>Cross-entropy of hidden states through a linear head; logits exist only some rows at a time.</summary>
    /// <remarks>
    /// Gradients are made together with the losses, while the logits are there: as many products as with all logits kept, and none for a side that is frozen.
    /// Where gradients reach the losses of single rows, the backward pass makes the logits again.
    /// </remarks>
    /// <param name="hidden"><c>[rows, width]</c></param>
    /// <param name="weight"><c>[classes, width]</c></param>
    /// <param name="targets">Int64 <c>[rows]</c>, <paramref name="ignoreIndex"/> where a row does not count</param>
    /// <param name="ignoreIndex">What marks a row that does not count.</param>
    /// <returns>
    /// The sum of the losses; how many rows count (Int64); per row its loss, and whether the target scored highest (Bool). The gradient
    /// flows through the sum and through the losses of the rows.
    /// </returns>
    /// <exception cref="TorchException">Shapes do not fit, or a target is not a class.</exception>
    public static (Tensor Sum, Tensor Count, Tensor Losses, Tensor Hits) LinearCrossEntropy(Tensor hidden, Tensor weight, Tensor targets, long ignoreIndex = -100)
    {
        var results = LinearCrossEntropyOperator.CallMany(hidden, weight, targets, ignoreIndex);
        return (results[0], results[1], results[2], results[3]);
    }

    /// <summary>The Euclidean norm of several tensors together; not finite where one of them holds a number that is not.</summary>
    /// <param name="tensors">any shapes</param>
    /// <returns>A single value.</returns>
    public static Tensor GradientNorm(Tensor[] tensors) => GradientNormOperator.Call(tensors);

    /// <summary>One AdamW step on several tensors, in place. Source: Loshchilov and Hutter 2019.</summary>
    /// <param name="values">What is moved.</param>
    /// <param name="gradients">The gradient of each.</param>
    /// <param name="first">Running mean of each gradient.</param>
    /// <param name="second">Running mean of each gradient's square.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="beta1">Decay of the first mean.</param>
    /// <param name="beta2">Decay of the second mean.</param>
    /// <param name="epsilon">Added to the root of the second mean.</param>
    /// <param name="decay">Weight decay.</param>
    /// <param name="step">Number of this step, counted from 1.</param>
    /// <param name="gradientScale">A single value that gradients are multiplied by on the way in: clipping without a pass of its own.</param>
    public static void AdamW(
        Tensor[] values, Tensor[] gradients, Tensor[] first, Tensor[] second,
        double rate, double beta1, double beta2, double epsilon, double decay, long step, Tensor? gradientScale = null) =>
        AdamWOperator.Run(values, gradients, first, second, rate, beta1, beta2, epsilon, decay, step, gradientScale);

    /// <summary>One AdamW step on several tensors, in place, with moments kept as 8-bit codes of blocks of 256 numbers. Source: Dettmers et al. 2022.</summary>
    /// <param name="values">What is moved.</param>
    /// <param name="gradients">The gradient of each.</param>
    /// <param name="first">Running mean of each gradient: codes (UInt8, of its shape), the largest magnitude of each block, and what the 256 codes stand for in rising order.</param>
    /// <param name="second">Running mean of each gradient's square, in the same form.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="beta1">Decay of the first mean.</param>
    /// <param name="beta2">Decay of the second mean.</param>
    /// <param name="epsilon">Added to the root of the second mean.</param>
    /// <param name="decay">Weight decay.</param>
    /// <param name="step">Number of this step, counted from 1.</param>
    /// <param name="gradientScale">A single value that gradients are multiplied by on the way in.</param>
    internal static void AdamW8Bit(
        Tensor[] values, Tensor[] gradients, (Tensor[] Codes, Tensor[] Scales, Tensor Table) first, (Tensor[] Codes, Tensor[] Scales, Tensor Table) second,
        double rate, double beta1, double beta2, double epsilon, double decay, long step, Tensor? gradientScale) =>
        AdamW8BitOperator.Run(
            values, gradients, first.Codes, first.Scales, second.Codes, second.Scales, first.Table, second.Table, rate, beta1, beta2, epsilon, decay, step, gradientScale);
}
