namespace Collimate.Torch.Layers;

/// <summary>First values of weights, drawn from an explicit generator so that a seed gives the same model everywhere. PyTorch: <c>torch.nn.init</c>.</summary>
/// <remarks>A weight's shape is <c>[outputs, inputs, …]</c>; further dimensions are the receptive field of a convolution.</remarks>
public static class Initialization
{
    /// <summary>Normally distributed around 0. PyTorch: <c>normal_</c>.</summary>
    /// <param name="shape">The weight's shape.</param>
    /// <param name="deviation">The standard deviation.</param>
    /// <param name="generator">Draws the values.</param>
    public static Tensor Normal(ReadOnlySpan<long> shape, double deviation, Generator? generator = null)
    {
        using var drawn = Tensor.RandomNormal(shape, generator);
        return drawn * deviation;
    }

    /// <summary>Uniformly distributed from −bound to bound. PyTorch: <c>uniform_</c>.</summary>
    /// <param name="shape">The weight's shape.</param>
    /// <param name="bound">The largest magnitude.</param>
    /// <param name="generator">Draws the values.</param>
    public static Tensor Uniform(ReadOnlySpan<long> shape, double bound, Generator? generator = null)
    {
        using var scope = new TensorScope();
        return scope.Escape((Tensor.RandomUniform(shape, generator) * (2 * bound)) - bound);
    }

    /// <summary>Uniform within √(6 / (inputs + outputs)): keeps the variance of values and gradients alike. Source: Glorot and Bengio 2010. PyTorch: <c>xavier_uniform_</c>.</summary>
    /// <param name="shape"><c>[outputs, inputs, …]</c></param>
    /// <param name="generator">Draws the values.</param>
    /// <exception cref="ArgumentException">The shape has fewer than two dimensions.</exception>
    public static Tensor XavierUniform(ReadOnlySpan<long> shape, Generator? generator = null)
    {
        var (inputs, outputs) = Fans(shape);
        return Uniform(shape, Math.Sqrt(6.0 / (inputs + outputs)), generator);
    }

    /// <summary>Uniform within √(6 / ((1 + slope²) · inputs)): keeps the variance through leaky rectifiers. Source: He et al. 2015. PyTorch: <c>kaiming_uniform_</c>.</summary>
    /// <param name="shape"><c>[outputs, inputs, …]</c></param>
    /// <param name="generator">Draws the values.</param>
    /// <param name="slope">The rectifier's negative slope; √5, PyTorch's choice for its own layers, gives the bound 1/√inputs.</param>
    /// <exception cref="ArgumentException">The shape has fewer than two dimensions.</exception>
    public static Tensor KaimingUniform(ReadOnlySpan<long> shape, Generator? generator = null, double slope = 0) =>
        Uniform(shape, Math.Sqrt(6.0 / ((1 + (slope * slope)) * Fans(shape).Inputs)), generator);

    /// <summary>
    /// Until the returned value is disposed, modules made on this thread draw nothing and take no memory for the parameters that
    /// <see cref="Module.AddParameter(string, ReadOnlySpan{long}, Func{Tensor})"/> declares: their values come from a checkpoint. What the
    /// checkpoint does not hold is drawn when it has been read.
    /// </summary>
    public static DeferredDraws Defer() => new(deferred: true);

    /// <summary>Whether modules made on this thread now leave their parameters to a checkpoint.</summary>
    internal static bool IsDeferred => deferredDraws;

    [ThreadStatic]
    private static bool deferredDraws;

    /// <summary>A stretch of code in which weights are not drawn. It cannot leave the thread.</summary>
    public readonly ref struct DeferredDraws
    {
        private readonly bool before;

        internal DeferredDraws(bool deferred)
        {
            before = deferredDraws;
            deferredDraws = deferred;
        }

        /// <summary>Brings the former mode back.</summary>
        public void Dispose() => deferredDraws = before;
    }

    private static (long Inputs, long Outputs) Fans(ReadOnlySpan<long> shape)
    {
        if (shape.Length < 2)
        {
            throw new ArgumentException($"a weight of {shape.Length} dimensions has no inputs and outputs; two are needed", nameof(shape));
        }

        var field = 1L;
        foreach (var size in shape[2..])
        {
            field *= size;
        }

        return (shape[1] * field, shape[0] * field);
    }
}
