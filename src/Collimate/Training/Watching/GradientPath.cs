using Collimate.Adapters;
using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Training.Watching;

/// <summary>
/// Counts a network's matrix products in the order in which a pass meets them, and knows whether what reaches the next one depends on anything that learns: only then
/// does the backward pass compute a gradient of it.
/// </summary>
/// <remarks>
/// A product of <c>[n, k]</c> and <c>[k, m]</c> is 2·n·k·m FLOPs. The gradient of its weights, where they learn, is as many again; the gradient of its input, where that depends on
/// something that learns, as many again.
/// </remarks>
/// <param name="depends">Whether the network's input does.</param>
internal sealed class GradientPath(bool depends)
{
    /// <summary>Whether what has been reached depends on something that learns.</summary>
    public bool Depends { get; private set; } = depends;

    /// <summary>FLOPs of one position through all matrices of a module, forward and backward.</summary>
    public double Through(Module module)
    {
        var flops = 0.0;
        foreach (var (_, part) in module.NamedModules())
        {
            if (part is ILinearMap map)
            {
                flops += Through(map);
            }
            else if (part is RmsNorm or LayerNorm or BatchNorm)
            {
                Pass(part.Parameters());
            }
        }

        return flops;
    }

    /// <summary>FLOPs of one use of a weight, forward and backward.</summary>
    /// <param name="weight">The weight; every number of it is used once.</param>
    public double Through(Tensor weight)
    {
        var flops = 2.0 * weight.ElementCount * (1 + (weight.RequiresGrad ? 1 : 0) + (Depends ? 1 : 0));
        Depends |= weight.RequiresGrad;
        return flops;
    }

    /// <summary>Goes on behind something that has no matrices.</summary>
    public void Pass(IEnumerable<Tensor> parameters) => Depends |= parameters.Any(parameter => parameter.RequiresGrad);

    /// <summary>FLOPs of one position's look at another, over all heads: a product for the score and one for the sum, and two for the gradients of each.</summary>
    /// <param name="width">Heads times their size.</param>
    /// <param name="projections">What makes queries, keys and values of what has been reached; still to be gone through.</param>
    public double Look(long width, Module projections) => 4.0 * width * (Depends || projections.Parameters().Any(parameter => parameter.RequiresGrad) ? 3 : 1);

    private double Through(ILinearMap map)
    {
        var before = Depends;
        var flops = Through(map.Weight);
        Pass(map.Bias is { } bias ? [bias] : []);
        foreach (var adapter in (map.Change as AdaptedMap)?.Adapters ?? [])
        {
            var beside = new GradientPath(before);
            flops += beside.Through(adapter.A) + beside.Through(adapter.B);
            Depends |= beside.Depends;
        }

        return flops;
    }
}
