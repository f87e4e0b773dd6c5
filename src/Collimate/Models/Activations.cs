using Collimate.Torch;
using Collimate.Torch.Fused;

namespace Collimate.Models;

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
        Activation.GeluTanh => FusedOperators.GeluTanh(x),
        Activation.QuickGelu => x.QuickGelu(),
        Activation.Silu => x.Silu(),
        Activation.Relu => x.Relu(),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "not an activation"),
    };
}
