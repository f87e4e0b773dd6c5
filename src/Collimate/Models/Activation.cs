using Collimate.Torch;

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

/// <summary>Names and values of the <see cref="Activation"/>s.</summary>
internal static class Activations
{
    /// <summary>Every name a <c>hidden_act</c> entry may hold.</summary>
    public static readonly IReadOnlyDictionary<string, Activation> ByName = new Dictionary<string, Activation>
    {
        ["gelu"] = Activation.Gelu,
        ["gelu_pytorch_tanh"] = Activation.GeluTanh,
        ["gelu_new"] = Activation.GeluTanh,
        ["quick_gelu"] = Activation.QuickGelu,
        ["silu"] = Activation.Silu,
        ["swish"] = Activation.Silu,
        ["relu"] = Activation.Relu,
    };

    /// <summary>The name written to a configuration file.</summary>
    public static string NameOf(Activation activation) => ByName.First(entry => entry.Value == activation).Key;

    /// <summary>Applies the activation elementwise.</summary>
    public static Tensor Apply(this Activation activation, Tensor x) => activation switch
    {
        Activation.Gelu => x.Gelu(),
        Activation.GeluTanh => Kernels.GeluTanh(x),
        Activation.QuickGelu => x.QuickGelu(),
        Activation.Silu => x.Silu(),
        Activation.Relu => x.Relu(),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "not an activation"),
    };
}
