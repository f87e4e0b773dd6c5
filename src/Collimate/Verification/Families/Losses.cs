using Collimate.Torch;

namespace Collimate.Verification;

/// <summary>The losses that recordings of models without a loss of their own are made with.</summary>
internal static class Losses
{
    /// <summary>Next-token cross-entropy, the mean over labels that are not -100.</summary>
    /// <param name="logits"><c>[batch, tokens, vocabulary]</c></param>
    /// <param name="labels">The tokens themselves, <c>[batch, tokens]</c>; each is predicted from the positions before it.</param>
    public static Tensor NextToken(Tensor logits, Tensor labels)
    {
        var count = logits.Size(1) - 1;
        return logits.Slice(1, 0, count).Reshape(-1, logits.Size(2)).CrossEntropy(labels.Slice(1, 1).Reshape(-1));
    }

    /// <summary>The mean of squares, padding counted as zero: <c>mean(x² · mask)</c>.</summary>
    /// <param name="states"><c>[batch, tokens, width]</c></param>
    /// <param name="mask">Which positions count; all where null.</param>
    public static Tensor MeanSquare(Tensor states, TokenMask? mask = null) =>
        mask is null ? states.Square().Mean() : (states.Square() * Tensor.From<int>(mask.Valid, [mask.Rows, mask.Length, 1]).To(states.Type)).Mean();

    /// <summary>CLIP's: each picture is to find its text among all, and each text its picture.</summary>
    /// <param name="logits">Similarities, <c>[texts, images]</c>.</param>
    public static Tensor SymmetricContrastive(Tensor logits)
    {
        var targets = Tensor.Arange(logits.Size(0));
        return (logits.CrossEntropy(targets) + logits.Transpose(0, 1).CrossEntropy(targets)) / 2;
    }

    /// <summary>SigLIP's: every pair by itself, <c>-log σ(±logit)</c>, summed over pictures, the mean over texts.</summary>
    /// <param name="logits">Similarities, <c>[texts, images]</c>.</param>
    public static Tensor PairwiseSigmoid(Tensor logits)
    {
        var signs = (Tensor.Eye(logits.Size(0)) * 2) - 1;
        return -(logits * signs).LogSigmoid().Sum(-1).Mean();
    }
}
