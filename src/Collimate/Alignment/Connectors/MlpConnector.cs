using Collimate.Models;
using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Alignment.Connectors;

/// <summary>A chain of linear layers with a non-linearity (exact GELU, unless told otherwise) between them, applied to every patch alone; two layers are LLaVA-1.5's projector.</summary>
/// <remarks>Source: LLaVA-1.5, <c>mlp2x_gelu</c>. One layer is LLaVA's first, linear projector. State-dict names as in Hugging Face's LLaVA: <c>linear_1</c>, <c>linear_2</c>.</remarks>
public sealed class MlpConnector : Module, IConnector
{
    private readonly Linear[] layers;

    /// <param name="visionWidth">Width of a patch's features.</param>
    /// <param name="hidden">The decoder's width, and the width between the layers.</param>
    /// <param name="depth">How many linear layers.</param>
    /// <param name="outputScale">Standard deviation of a fresh output relative to the usual initialisation; small keeps visual tokens as short as words.</param>
    /// <param name="generator">Draws the initial weights.</param>
    /// <param name="activation">Between the layers.</param>
    /// <param name="bias">Whether the layers have biases.</param>
    public MlpConnector(int visionWidth, int hidden, int depth, double outputScale, Generator? generator, Activation activation = Activation.Gelu, bool bias = true)
    {
        (Activation, HasBias) = (activation, bias);
        layers = new Linear[depth];
        for (var k = 0; k < depth; k++)
        {
            layers[k] = AddModule($"linear_{k + 1}", new Linear(k == 0 ? visionWidth : hidden, hidden, bias, generator));
        }

        FreshOutput.Scale(layers[^1], outputScale);
    }

    /// <summary>Between the layers.</summary>
    public Activation Activation { get; }

    /// <summary>Whether the layers have biases.</summary>
    public bool HasBias { get; }

    /// <summary>How many linear layers.</summary>
    public int Depth => layers.Length;

    /// <inheritdoc/>
    public int TokenCount(int patches) => patches;

    /// <inheritdoc/>
    public Tensor Project(Tensor patches, PictureQuestions? asked = null)
    {
        var x = layers[0].Forward(patches); // [images, patches, hidden]
        foreach (var layer in layers.Skip(1))
        {
            x = layer.Forward(Activation.Apply(x));
        }

        return x;
    }
}
