using Collimate.Torch;

namespace Collimate.Models.Vision;

/// <summary>
/// Cuts a picture into patches and maps each linearly. The weight has the layout of the convolution it is in the original
/// models, <c>[width, channels, patch, patch]</c>, but as patches do not overlap one matrix product computes it faster.
/// </summary>
internal sealed class PatchEmbedding : Module
{
    private readonly Tensor weight;
    private readonly Tensor? bias;
    private readonly VisionConfig config;

    public PatchEmbedding(VisionConfig config, Generator? generator)
    {
        this.config = config;
        using var scope = new TensorScope();
        var deviation = 1 / Math.Sqrt(config.ChannelCount * config.PatchSize * config.PatchSize);
        weight = AddParameter("weight", Tensor.RandomNormal([config.HiddenSize, config.ChannelCount, config.PatchSize, config.PatchSize], generator) * deviation);
        bias = config.Family == EncoderFamily.Clip ? null : AddParameter("bias", Tensor.Zeros([config.HiddenSize]));
    }

    /// <summary><c>[width, channels, patch, patch]</c></summary>
    public Tensor Weight => weight;

    /// <param name="pixels"><c>[images, channels, height, width]</c></param>
    /// <returns><c>[images, patches, width]</c>, patches row by row</returns>
    public Tensor Forward(Tensor pixels)
    {
        var (channels, patch) = (config.ChannelCount, config.PatchSize);
        var (images, height, width) = (pixels.Size(0), pixels.Size(2), pixels.Size(3));
        var (rows, columns) = (height / patch, width / patch);

        // A margin narrower than a patch is not looked at, as a convolution without padding would not.
        var covered = rows * patch == height && columns * patch == width ? pixels : pixels.Narrow(2, 0, rows * patch).Narrow(3, 0, columns * patch);
        var patches = covered
            .Reshape(images, channels, rows, patch, columns, patch)
            .Permute(0, 2, 4, 1, 3, 5)                                         // [images, rows, columns, channels, patch, patch]
            .Reshape(images, rows * columns, channels * patch * patch);
        return patches.Linear(weight.View(config.HiddenSize, -1), bias);
    }
}
