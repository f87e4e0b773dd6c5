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
        bias = config.Family == EncoderFamily.Siglip ? AddParameter("bias", Tensor.Zeros([config.HiddenSize])) : null;
    }

    /// <param name="pixels"><c>[images, channels, size, size]</c></param>
    /// <returns><c>[images, patches, width]</c>, patches row by row</returns>
    public Tensor Forward(Tensor pixels)
    {
        var (channels, size, patch, grid) = (config.ChannelCount, config.ImageSize, config.PatchSize, config.GridSize);
        var shape = pixels.Shape;
        if (shape is not [var images, _, _, _] || shape[1] != channels || shape[2] != size || shape[3] != size)
        {
            throw new ArgumentException($"pixels have shape [{string.Join(", ", shape)}]; this vision tower takes [images, {channels}, {size}, {size}]", nameof(pixels));
        }

        // A margin narrower than a patch is not looked at, as a convolution without padding would not.
        var covered = grid * patch == size ? pixels : pixels.Narrow(2, 0, grid * patch).Narrow(3, 0, grid * patch);
        var patches = covered
            .Reshape(images, channels, grid, patch, grid, patch)
            .Permute(0, 2, 4, 1, 3, 5)                                         // [images, gridY, gridX, channels, patch, patch]
            .Reshape(images, grid * grid, channels * patch * patch);
        return patches.Linear(weight.View(config.HiddenSize, -1), bias);
    }
}
