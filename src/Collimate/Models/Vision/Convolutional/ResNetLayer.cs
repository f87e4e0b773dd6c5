using Collimate.Torch;

namespace Collimate.Models.Vision.Convolutional;

/// <summary>One residual layer: two convolutions, or a bottleneck of three, added to its input.</summary>
internal sealed class ResNetLayer : Module
{
    private readonly ConvolutionUnit[] units;
    private readonly ConvolutionUnit? shortcut;
    private readonly Activation activation;

    public ResNetLayer(ResNetConfig config, int inputs, int outputs, int stride, Generator? generator)
    {
        activation = config.Activation;
        if (inputs != outputs || stride != 1)
        {
            shortcut = AddModule("shortcut", new ConvolutionUnit(inputs, outputs, 1, stride, null, generator));
        }

        var (first, second) = config.DownsamplesInBottleneck ? (stride, 1) : (1, stride);
        var narrow = outputs / 4;
        (int In, int Out, int Kernel, int Stride)[] shape = config.HasBottlenecks
            ? [(inputs, narrow, 1, first), (narrow, narrow, 3, second), (narrow, outputs, 1, 1)]
            : [(inputs, outputs, 3, stride), (outputs, outputs, 3, 1)];
        units = [.. shape.Select((u, k) => AddModule($"layer.{k}", new ConvolutionUnit(u.In, u.Out, u.Kernel, u.Stride, k < shape.Length - 1 ? activation : null, generator)))];
    }

    /// <summary>Every convolution of the layer.</summary>
    public IEnumerable<ConvolutionUnit> Units => shortcut is null ? units : units.Append(shortcut);

    /// <summary>The convolutions that stand in a row.</summary>
    public IReadOnlyList<ConvolutionUnit> Row => units;

    /// <summary>The one that the input takes beside them where its shape changes.</summary>
    public ConvolutionUnit? Shortcut => shortcut;

    /// <param name="x"><c>[images, inputs, height, width]</c></param>
    /// <returns><c>[images, outputs, height / stride, width / stride]</c></returns>
    public Tensor Forward(Tensor x)
    {
        using var scope = new TensorScope();
        var changed = units.Aggregate(x, (state, unit) => unit.Forward(state));
        return scope.Escape(activation.Apply(changed + (shortcut?.Forward(x) ?? x)));
    }
}
