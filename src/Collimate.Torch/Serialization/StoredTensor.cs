namespace Collimate.Torch.Serialization;

/// <summary>What a safetensors header says of a tensor.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">How its elements are stored.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="File">The file's path.</param>
public sealed record StoredTensor(string Name, ScalarType Type, IReadOnlyList<long> Shape, string File)
{
    /// <summary>How many elements it has.</summary>
    public long ElementCount => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>How many bytes it takes in its file.</summary>
    public long Bytes => ElementCount * Type.Size();
}
