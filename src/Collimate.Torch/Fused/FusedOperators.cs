namespace Collimate.Torch.Fused;

/// <summary>Operators of <c>native/</c> that do in one pass what would take several; each records its own gradient.</summary>
/// <remarks>
/// <para>They take 32-bit floats and bf16 on the CPU, and compute in single precision whatever the type in memory. On other devices and
/// types the native library composes each from plain operators, with the same numbers.</para>
/// <para>The norms write the narrower type inside an autocast region, so that the products they feed need no pass for a cast.</para>
/// </remarks>
public static partial class FusedOperators
{
    private static readonly Operator RmsNormOperator = Operator.Find("collimate::rms_norm");
    private static readonly Operator AddRmsNormOperator = Operator.Find("collimate::add_rms_norm");
    private static readonly Operator LayerNormOperator = Operator.Find("collimate::layer_norm");
    private static readonly Operator SwiGluOperator = Operator.Find("collimate::swiglu");
    private static readonly Operator GeluTanhOperator = Operator.Find("collimate::gelu_tanh");

    /// <summary>x / √(mean(x²) + ε) · weight over the last dimension. Source: Zhang and Sennrich 2019.</summary>
    /// <param name="x"><c>[…, width]</c></param>
    /// <param name="weight"><c>[width]</c></param>
    /// <param name="epsilon">Added to the mean square.</param>
    public static Tensor RmsNorm(Tensor x, Tensor weight, double epsilon) => RmsNormOperator.Call(x, weight, epsilon);

    /// <summary>x + addend, and its <see cref="RmsNorm"/>: the residual stream and what the next block reads, in one pass.</summary>
    /// <param name="x"><c>[…, width]</c></param>
    /// <param name="addend">Of the same shape; the sum has the wider of the two types.</param>
    /// <param name="weight"><c>[width]</c></param>
    /// <param name="epsilon">Added to the mean square.</param>
    public static (Tensor Normed, Tensor Sum) AddRmsNorm(Tensor x, Tensor addend, Tensor weight, double epsilon)
    {
        var results = AddRmsNormOperator.CallMany(x, addend, weight, epsilon);
        return (results[0], results[1]);
    }

    /// <summary>(x - mean) / √(variance + ε) · weight + bias over the last dimension. PyTorch: <c>torch.nn.functional.layer_norm</c>.</summary>
    /// <param name="x"><c>[…, width]</c></param>
    /// <param name="weight"><c>[width]</c></param>
    /// <param name="bias"><c>[width]</c></param>
    /// <param name="epsilon">Added to the variance.</param>
    public static Tensor LayerNorm(Tensor x, Tensor weight, Tensor bias, double epsilon) => LayerNormOperator.Call(x, weight, bias, epsilon);

    /// <summary>silu(gate) · up from both side by side; the backward pass computes it again instead of keeping it. Source: Shazeer 2020.</summary>
    /// <param name="gateUp"><c>[…, 2 · width]</c></param>
    /// <returns><c>[…, width]</c></returns>
    public static Tensor SwiGlu(Tensor gateUp) => SwiGluOperator.CallFast(gateUp);

    /// <summary>The tanh approximation of GELU. PyTorch: <c>gelu(x, approximate="tanh")</c>.</summary>
    /// <param name="x">any shape</param>
    public static Tensor GeluTanh(Tensor x) => GeluTanhOperator.CallFast(x);
}
