using Collimate.Adapters;
using Collimate.Torch;
using Collimate.Torch.Fused;

namespace Collimate.Models.Permutation;

/// <summary>From scores to a soft permutation: Gumbel noise is added, and Sinkhorn makes the result doubly stochastic (Mena et al. 2018).</summary>
public sealed record GumbelSinkhorn
{
    private const string NoiseStream = "gumbel noise";

    /// <summary>The factor on the noise.</summary>
    public double Noise { get; init; } = 1;

    /// <summary>How Sinkhorn iterates.</summary>
    public SinkhornOptions Sinkhorn { get; init; } = new();

    /// <summary>Makes the soft permutation.</summary>
    /// <param name="scores"><c>[batch, n, n]</c></param>
    /// <param name="temperature">Above 0; the lower, the harder.</param>
    /// <param name="seed">What the noise follows from; there is none where null.</param>
    public SoftPermutation Of(Tensor scores, double temperature, ulong? seed)
    {
        using var scope = new TensorScope();
        using var precise = Autocast.Suspend(scores.Device.Type);
        // An alias where nothing is added: what is handed on must be this pass's own.
        var logits = seed is { } given && Noise != 0
            ? scores + (GumbelNoise.Draw(scores.Shape, AdapterDropout.Mix(given, AdapterDropout.Hash(NoiseStream)), scores.Type, scores.Device) * Noise)
            : scores.Alias();

        var matrix = Torch.Fused.Sinkhorn.Normalize(logits, temperature, Sinkhorn);
        return new SoftPermutation(scope.Escape(logits), scope.Escape(matrix));
    }
}

/// <summary>A soft permutation and what it was made of.</summary>
/// <param name="Logits">Scores and noise, <c>[batch, n, n]</c>.</param>
/// <param name="Matrix">The doubly stochastic matrix, <c>[batch, n, n]</c>: row i says of which tokens place i is a mixture.</param>
public sealed record SoftPermutation(Tensor Logits, Tensor Matrix)
{
    /// <summary>How far row and column sums are from one, at most.</summary>
    public double DoublyStochasticError()
    {
        using var scope = new TensorScope();
        using var _ = GradMode.Disable();
        return Math.Max((Matrix.Sum(-1) - 1).Abs().Max().Item(), (Matrix.Sum(-2) - 1).Abs().Max().Item());
    }

    /// <summary>The mean entropy of a row in nats: 0 where every place has chosen, ln n where none has begun to.</summary>
    public double Entropy()
    {
        using var scope = new TensorScope();
        using var _ = GradMode.Disable();
        return -(Matrix * Matrix.Clamp(minimum: 1e-30).Log()).Sum(-1).Mean().Item();
    }
}
