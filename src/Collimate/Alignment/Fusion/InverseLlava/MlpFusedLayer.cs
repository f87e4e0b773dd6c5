using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Alignment.Fusion.InverseLlava;

/// <summary>
/// What the authors' program runs: for each of query, key and value α · (W₂ gelu(W₁ v + b₁) + b₂), where v is zero at text, so that text receives a constant vector.
/// Nothing is projected from text to vision.
/// </summary>
/// <remarks>First weights and biases are uniform within 1/√inputs, as <c>torch.nn.Linear</c> draws them.</remarks>
internal sealed class MlpFusedLayer : FusedLayer
{
    private readonly FusedShape shape;
    private readonly (Linear In, Linear Out)[] maps;

    public MlpFusedLayer(FusedShape shape, InverseLlavaOptions options, Generator? generator)
        : base(shape, options)
    {
        this.shape = shape;
        var width = options.Width ?? shape.Hidden;
        maps = [.. shape.Parts.Select(part => (
            Drawn($"{part.Name}.linear_1", shape.Vision, width, generator), Drawn($"{part.Name}.linear_2", width, part.Width, generator)))];
    }

    /// <summary>The constant that text receives, factors included, <c>[output]</c>.</summary>
    public override Tensor Settle() => AtPictures(null, Tensor.Zeros([1, shape.Vision], Alpha.Type, Alpha.Device), Alpha).Squeeze(0);

    public override Tensor? AtText(Tensor normed, Tensor settled) => settled;

    public override Tensor AtPictures(Tensor? normed, Tensor patches, Tensor settled)
    {
        var seen = Seen(patches);
        return Tensor.Cat([.. maps.Select((map, k) => Times(map.Out.Forward(map.In.Forward(seen).Gelu()), Alpha.Narrow(0, k, 1)))], -1);
    }

    private Linear Drawn(string name, int inputs, int outputs, Generator? generator)
    {
        var layer = AddModule(name, new Linear(inputs, outputs, bias: true, generator));
        using var _ = GradMode.Disable();
        using var scope = new TensorScope();
        layer.Bias!.CopyFrom_(Initialization.Uniform([outputs], 1 / Math.Sqrt(inputs), generator));
        return layer;
    }
}
