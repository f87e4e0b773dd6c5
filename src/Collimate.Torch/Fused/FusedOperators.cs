namespace Collimate.Torch.Fused;

/// <summary>Operators of <c>native/</c> that do in one pass what would take several; each has its gradient.</summary>
/// <remarks>On devices without a kernel of their own they run operator by operator, with the same numbers.</remarks>
public static class FusedOperators
{
    private static readonly Operator RmsNormOperator = Operator.Find("collimate::rms_norm");
    private static readonly Operator LayerNormOperator = Operator.Find("collimate::layer_norm");
    private static readonly Operator SwiGluOperator = Operator.Find("collimate::swiglu");
    private static readonly Operator GeluTanhOperator = Operator.Find("collimate::gelu_tanh");
    private static readonly Operator RotaryAttentionOperator = Operator.Find("collimate::rotary_attention");
    private static readonly Operator LinearCrossEntropyOperator = Operator.Find("collimate::linear_cross_entropy");
    private static readonly Operator AdamWOperator = Operator.Find("collimate::adamw_");
    private static readonly Operator GradientNormOperator = Operator.Find("collimate::gradient_norm");

    /// <summary>x / √(mean(x²) + ε) · weight over the last dimension; under autocast in the type that products want.</summary>
    public static Tensor RmsNorm(Tensor x, Tensor weight, double epsilon) => RmsNormOperator.Call(x, weight, epsilon);

    /// <summary>Layer normalisation over the last dimension.</summary>
    public static Tensor LayerNorm(Tensor x, Tensor weight, Tensor bias, double epsilon) => LayerNormOperator.Call(x, weight, bias, epsilon);

    /// <summary>silu(gate) · up from both side by side.</summary>
    /// <param name="gateUp"><c>[…, 2 · width]</c></param>
    /// <returns><c>[…, width]</c></returns>
    public static Tensor SwiGlu(Tensor gateUp) => SwiGluOperator.CallFast(gateUp);

    /// <summary>The tanh approximation of GELU.</summary>
    public static Tensor GeluTanh(Tensor x) => GeluTanhOperator.CallFast(x);

    /// <summary>Turns query and key by their positions' angles and attends, from one packed projection.</summary>
    /// <param name="packed"><c>[batch, positions, (heads + 2 · groups) · size]</c></param>
    /// <param name="cos"><c>[batch, positions, size / 2]</c></param>
    /// <param name="sin"><c>[batch, positions, size / 2]</c></param>
    /// <param name="heads">Query heads.</param>
    /// <param name="groups">Key and value heads.</param>
    /// <param name="rule">Document, group, open and valid, each <c>[batch, positions]</c> Int32.</param>
    /// <returns><c>[batch, positions, heads · size]</c></returns>
    public static Tensor RotaryAttention(Tensor packed, Tensor cos, Tensor sin, int heads, int groups, (Tensor Document, Tensor Group, Tensor Open, Tensor Valid) rule) =>
        RotaryAttentionOperator.Call(packed, cos, sin, heads, groups, rule.Document, rule.Group, rule.Open, rule.Valid, true);

    /// <summary>Cross-entropy of hidden states through a linear head; logits exist only a few rows at a time.</summary>
    /// <param name="hidden"><c>[rows, width]</c></param>
    /// <param name="weight"><c>[classes, width]</c></param>
    /// <param name="targets"><c>[rows]</c>, -100 where a row does not count</param>
    /// <returns>The sum of the losses; how many rows count; per row its loss and whether the target scored highest.</returns>
    public static (Tensor Sum, Tensor Count, Tensor Losses, Tensor Hits) LinearCrossEntropy(Tensor hidden, Tensor weight, Tensor targets)
    {
        var results = LinearCrossEntropyOperator.CallMany(hidden, weight, targets);
        return (results[0], results[1], results[2], results[3]);
    }

    /// <summary>The Euclidean norm of several tensors together.</summary>
    public static Tensor GradientNorm(Tensor[] tensors) => GradientNormOperator.Call(tensors);

    /// <summary>One AdamW step on several tensors, in place.</summary>
    public static void AdamW(
        Tensor[] values, Tensor[] gradients, Tensor[] first, Tensor[] second, double rate, double beta1, double beta2, double epsilon, double decay, long step) =>
        AdamWOperator.Run(values, gradients, first, second, rate, beta1, beta2, epsilon, decay, step);
}
