using Collimate.Torch;

namespace Collimate.Tests.Models;

/// <summary>Gradients under checkpoint names, those of packed parameters taken apart.</summary>
internal static class ModelGradients
{
    private static readonly Dictionary<string, string> Packed = new()
    {
        ["q_proj"] = "qkv_proj", ["k_proj"] = "qkv_proj", ["v_proj"] = "qkv_proj",
        ["gate_proj"] = "gate_up_proj", ["up_proj"] = "gate_up_proj",
        ["query"] = "query_key_value", ["key"] = "query_key_value", ["value"] = "query_key_value",
        ["q"] = "qkv", ["k"] = "qkv", ["v"] = "qkv", ["wi_0"] = "widen", ["wi_1"] = "widen",
    };

    /// <summary>The gradient of a parameter named as in a checkpoint.</summary>
    public static float[] Of(Module model, string name)
    {
        var parameters = model.NamedParameters().ToDictionary(p => p.Name, p => p.Value);
        if (parameters.TryGetValue(name, out var whole))
        {
            return Near.Floats(whole.Grad!);
        }

        var segments = name.Split('.');
        var part = segments[^2];
        segments[^2] = Packed[part];
        var gradient = parameters[string.Join('.', segments)].Grad!;
        var shapes = model.StateDict().ToDictionary(p => p.Key, p => p.Value.Shape);
        long start = 0;
        foreach (var sibling in Packed.Where(p => p.Value == Packed[part]).Select(p => p.Key).TakeWhile(sibling => sibling != part))
        {
            start += shapes[name.Replace($".{part}.", $".{sibling}.", StringComparison.Ordinal)][0];
        }

        return Near.Floats(gradient.Narrow(0, start, shapes[name][0]));
    }
}
