namespace Collimate.Models;

/// <summary>The non-linearity inside a feed-forward block, by the names that Hugging Face configurations use for them.</summary>
public enum Activation
{
    /// <summary>x Φ(x), the exact Gaussian error linear unit (<c>gelu</c>).</summary>
    Gelu,

    /// <summary>The tanh approximation of <see cref="Gelu"/> (<c>gelu_pytorch_tanh</c>, <c>gelu_new</c>), as SigLIP uses it.</summary>
    GeluTanh,

    /// <summary>x σ(1.702 x) (<c>quick_gelu</c>), as OpenAI's CLIP uses it.</summary>
    QuickGelu,

    /// <summary>x σ(x) (<c>silu</c>, <c>swish</c>).</summary>
    Silu,

    /// <summary>max(x, 0) (<c>relu</c>).</summary>
    Relu,
}
