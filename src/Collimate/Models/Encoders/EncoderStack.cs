using Collimate.Models.Attention;
using Collimate.Torch;
using Collimate.Torch.Fused;

namespace Collimate.Models.Encoders;

/// <summary>The layers of a tower, one after the other.</summary>
internal sealed class EncoderStack : Module
{
    private readonly EncoderLayer[] layers;

    public EncoderStack(EncoderShape shape, Generator? generator) =>
        layers = [.. Enumerable.Range(0, shape.LayerCount).Select(index => AddModule($"{shape.Names.Layers}.{index}", new EncoderLayer(shape, generator)))];

    public int LayerCount => layers.Length;

    /// <summary>The layers.</summary>
    public IReadOnlyList<EncoderLayer> Layers => layers;

    /// <summary>Whether training keeps only the state between layers and runs each layer again when its gradients are needed.</summary>
    public bool RecomputesLayers { get; set; }

    /// <summary>Runs the first <paramref name="count"/> layers.</summary>
    /// <param name="x"><c>[batch, tokens, width]</c></param>
    /// <param name="spec">Who sees whom; null where everyone sees everyone.</param>
    /// <param name="count">How many layers; all where null.</param>
    /// <param name="onHidden">Called with the state before each layer and after the last, numbered from 0.</param>
    /// <param name="trace">Keeps those states, and who attended to whom.</param>
    /// <param name="prefixes">By a layer's number: what its attention may look at besides.</param>
    public Tensor Forward(
        Tensor x, AttentionSpec? spec, int? count = null, Action<int, Tensor>? onHidden = null, ForwardTrace? trace = null, IReadOnlyDictionary<int, LayerPrefix>? prefixes = null)
    {
        var last = count ?? layers.Length;
        var sight = spec?.On(x.Device) ?? AttentionRule.Full;
        onHidden?.Invoke(0, x);
        trace?.AddState(x);
        for (var index = 0; index < last; index++)
        {
            var layer = layers[index];
            var prefix = prefixes?.GetValueOrDefault(index);
            x = RecomputesLayers && trace is null ? Recomputed(layer, x, sight, prefix) : layer.Forward(x, sight, trace, prefix);
            onHidden?.Invoke(index + 1, x);
            trace?.AddState(x);
        }

        return x;
    }

    /// <summary>
    /// Runs all layers, and beside the last of them a second path that adds up what attention among values makes of the first path's states, without
    /// feed-forward blocks. Source: CLIP Surgery, section 3.2.
    /// </summary>
    /// <param name="x"><c>[batch, tokens, width]</c></param>
    /// <param name="depth">How many layers have the second path; all where there are fewer.</param>
    /// <returns>The end of both paths, <c>[batch, tokens, width]</c> each.</returns>
    public (Tensor Original, Tensor Values) ForwardTwice(Tensor x, int depth)
    {
        var first = Math.Max(0, layers.Length - depth);
        x = Forward(x, spec: null, first);
        var values = x;
        foreach (var layer in layers.Skip(first))
        {
            values += layer.ForwardValues(x);
            x = layer.Forward(x, AttentionRule.Full);
        }

        return (x, values);
    }

    private static Tensor Recomputed(EncoderLayer layer, Tensor x, AttentionRule sight, LayerPrefix? prefix) => prefix is null
        ? ActivationCheckpoint.Run(inputs => layer.Forward(inputs[0], sight), x)
        : ActivationCheckpoint.Run(inputs => layer.Forward(inputs[0], sight, prefix: new LayerPrefix(inputs[1], inputs[2])), x, prefix.Values, prefix.Gate);
}
