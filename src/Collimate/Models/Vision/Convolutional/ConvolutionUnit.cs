using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Models.Vision.Convolutional;

/// <summary>A convolution without bias, its batch norm, and where it has one an activation.</summary>
internal sealed class ConvolutionUnit : Module
{
    private readonly Tensor weight;
    private readonly BatchNorm norm;
    private readonly Activation? activation;
    private readonly int stride;

    public ConvolutionUnit(int inputs, int outputs, int kernel, int stride, Activation? activation, Generator? generator)
    {
        (this.stride, this.activation) = (stride, activation);
        using var scope = new TensorScope();

        // He et al. 2015, by the fan out: keeps the gradients' variance through rectifiers.
        weight = AddParameter("convolution.weight", Initialization.Normal([outputs, inputs, kernel, kernel], Math.Sqrt(2.0 / (outputs * kernel * kernel)), generator));
        norm = AddModule("normalization", new BatchNorm(outputs));
    }

    /// <summary>Whether the norm uses its running statistics, and leaves them alone, in training too.</summary>
    public bool KeepsStatistics
    {
        set => norm.KeepsStatistics = value;
    }

    /// <summary><c>[outputs, inputs, kernel, kernel]</c></summary>
    public Tensor Weight => weight;

    /// <summary>How many places along a side of the output, from so many along that of the input: every step of two rounds up.</summary>
    public int PlacesAlong(int places) => (places + stride - 1) / stride;

    /// <param name="x"><c>[images, inputs, height, width]</c></param>
    /// <returns><c>[images, outputs, height / stride, width / stride]</c></returns>
    public Tensor Forward(Tensor x)
    {
        var normed = norm.Forward(x.Conv2d(weight, stride: stride, padding: weight.Size(2) / 2));
        return activation?.Apply(normed) ?? normed;
    }
}
