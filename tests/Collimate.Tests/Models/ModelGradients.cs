using Collimate.Torch;

namespace Collimate.Tests.Models;

/// <summary>Gradients under checkpoint names, those of packed parameters taken apart.</summary>
internal static class ModelGradients
{
    private static readonly (string Module, string[] Parts)[] Packed =
    [
        ("qkv_proj", ["q_proj", "k_proj", "v_proj"]),
        ("qkv_proj", ["attention.query", "attention.key", "attention.value"]),
        ("gate_up_proj", ["gate_proj", "up_proj"]),
        ("query_key_value", ["query", "key", "value"]),
        ("qkv", ["q", "k", "v"]),
        ("widen", ["wi_0", "wi_1"]),
    ];

    /// <summary>The gradient of a parameter named as in a checkpoint.</summary>
    public static float[] Of(Module model, string name)
    {
        var parameters = model.NamedParameters().ToDictionary(p => p.Name, p => p.Value);
        if (parameters.TryGetValue(name, out var whole))
        {
            return Near.Floats(whole.Grad!);
        }

        var (module, parts, part) = Packed.SelectMany(p => p.Parts.Select(part => (p.Module, p.Parts, Part: part)))
            .Single(p => name.Contains($".{p.Part}.", StringComparison.Ordinal) && parameters.ContainsKey(Renamed(p.Part, p.Module)));
        var shapes = model.StateDict().ToDictionary(p => p.Key, p => p.Value.Shape);
        var start = parts.TakeWhile(sibling => sibling != part).Sum(sibling => shapes[Renamed(part, sibling)][0]);
        return Near.Floats(parameters[Renamed(part, module)].Grad!.Narrow(0, start, shapes[name][0]));

        string Renamed(string from, string to) => name.Replace($".{from}.", $".{to}.", StringComparison.Ordinal);
    }
}
