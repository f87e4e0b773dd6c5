using Collimate.Torch;

namespace Collimate.Models.Attention;

/// <summary>An <see cref="AttentionSpec"/> on a device: four 32-bit integer tensors <c>[batch, length]</c>, in the form the attention kernel takes.</summary>
/// <param name="Device">Where they are.</param>
/// <param name="Document">Document numbers; 0 is the shared prefix.</param>
/// <param name="Group">Group numbers; 0 is no group.</param>
/// <param name="Open">1 where everyone in the document may look.</param>
/// <param name="Valid">0 on padding.</param>
public sealed record AttentionTensors(Device Device, Tensor Document, Tensor Group, Tensor Open, Tensor Valid)
{
    /// <summary>True once the scope that made the tensors has released them.</summary>
    public bool IsDisposed => Document.IsDisposed;
}
