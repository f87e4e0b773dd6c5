namespace Collimate.Torch.Layers;

/// <summary>A table of vectors. PyTorch: <c>torch.nn.Embedding</c>.</summary>
public sealed class Embedding : Module
{
    /// <summary>Makes a table of normally distributed vectors.</summary>
    /// <param name="count">How many vectors.</param>
    /// <param name="width">Their width.</param>
    /// <param name="generator">Draws them.</param>
    /// <param name="deviation">Their standard deviation.</param>
    public Embedding(long count, long width, Generator? generator = null, double deviation = 0.02)
    {
        using var scope = new TensorScope();
        Weight = AddParameter("weight", [count, width], () => Tensor.RandomNormal([count, width], generator) * deviation);
    }

    /// <summary><c>[count, width]</c></summary>
    public Tensor Weight { get; }

    /// <summary>Looks vectors up.</summary>
    /// <param name="indices">Any shape, Int64.</param>
    /// <returns><c>[indices' shape, width]</c></returns>
    public Tensor Forward(Tensor indices) => Tensor.Embedding(Weight, indices);
}
