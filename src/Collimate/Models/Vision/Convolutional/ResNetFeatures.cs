using Collimate.Torch;

namespace Collimate.Models.Vision.Convolutional;

/// <summary>What a <see cref="ResNet"/> saw in a batch of pictures.</summary>
/// <param name="Last">The last stage's output, <c>[images, channels, rows, columns]</c>.</param>
/// <param name="Pooled">Its mean over all places, <c>[images, channels, 1, 1]</c>.</param>
public sealed record ResNetFeatures(Tensor Last, Tensor Pooled);
