namespace Collimate.Torch.Fused;

/// <summary>Turns square scores into doubly stochastic matrices, differentiably. Sources: Sinkhorn 1964; Mena et al. 2018; Cuturi 2013.</summary>
/// <remarks>
/// On the CPU a kernel of <c>native/</c> keeps O(n) numbers an iteration and passes over one matrix without exponentials while it can; elsewhere
/// <see cref="ComposedSinkhorn"/> does the same with libtorch's operators.
/// </remarks>
public static class Sinkhorn
{
    private static readonly Operator Kernel = Operator.Find("collimate::sinkhorn");

    /// <summary>P = exp(logits / temperature + u + v), where u and v are what rows and columns need for their sums to be one: rows are scaled first, columns last.</summary>
    /// <remarks>
    /// Column sums are one to rounding; row sums as far as the iterations have come. An element below 10⁻¹³ may come as 0. Half precision is widened. An element of −∞ is never chosen and gets no
    /// gradient; every row and column needs one that is finite. What is not a number makes its whole matrix so.
    /// </remarks>
    /// <param name="logits">Scores, <c>[…, n, n]</c>, of any floating-point type.</param>
    /// <param name="temperature">Above 0; the lower, the nearer to a permutation.</param>
    /// <param name="options">Iterations, early end, gradient and form; 50 iterations and the unrolled gradient where null.</param>
    /// <returns><c>[…, n, n]</c> in single precision, or double where the scores are in double</returns>
    /// <exception cref="ArgumentException">The scores are not square matrices of numbers, or an option is out of range.</exception>
    public static Tensor Normalize(Tensor logits, double temperature = 1, SinkhornOptions? options = null) => Normalize(logits, temperature, options ?? new(), composed: false);

    /// <param name="logits">Scores, <c>[…, n, n]</c>.</param>
    /// <param name="temperature">Above 0.</param>
    /// <param name="options">As above.</param>
    /// <param name="composed">Whether libtorch's own operators are used where a kernel could be.</param>
    internal static Tensor Normalize(Tensor logits, double temperature, SinkhornOptions options, bool composed)
    {
        options.Validate();
        if (!logits.Type.IsFloatingPoint() || logits.Shape is not [.., var rows, var columns] || rows != columns || rows == 0)
        {
            throw new ArgumentException($"Sinkhorn takes scores of shape [..., n, n] in a floating-point type, found {logits}.", nameof(logits));
        }

        if (!(temperature > 0) || double.IsInfinity(1 / temperature) || double.IsInfinity(temperature))
        {
            throw new ArgumentException($"The temperature of Sinkhorn is a finite number above 0, found {temperature}.", nameof(temperature));
        }

        var scores = logits.Type is ScalarType.Float32 or ScalarType.Float64 ? logits : logits.To(ScalarType.Float32);
        return options.Form == SinkhornForm.Paper
            ? PaperSinkhorn.Normalize(scores, temperature, options)
            : composed || scores.Device.Type != DeviceType.Cpu
            ? new ComposedSinkhorn(temperature, options).Apply(scores)[0]
            : Kernel.Call(scores, temperature, options.Iterations, options.Tolerance, options.CheckEvery, options.Backward == SinkhornBackward.Implicit);
    }
}
