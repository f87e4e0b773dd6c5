using Collimate.Models.Attention;

namespace Collimate.Alignment.Attention;

/// <summary>Every position sees itself and what stands before it in its document and in the part all documents share.</summary>
public sealed class CausalAttention : IAttentionPolicy
{
    /// <inheritdoc/>
    public AttentionSpec Describe(Positions positions)
    {
        var count = positions.Rows * positions.Length;
        return new AttentionSpec(positions.Rows, positions.Length, [.. positions.Documents], new int[count], new int[count], positions.Valid());
    }
}
