using Collimate.Models.Attention;

namespace Collimate.Alignment.Attention;

/// <summary>Everyone sees everyone of the document. Source: "Improved Alignment of Modalities", stage 0, where a fifth of the input text is masked by noise.</summary>
/// <remarks>A position sees the very token it is to predict wherever the noise has not hidden it, so the loss of such a stage cannot be compared with any other's.</remarks>
public sealed class BidirectionalAttention : IAttentionPolicy
{
    /// <inheritdoc/>
    public bool RevealsAnswers => true;

    /// <inheritdoc/>
    public AttentionSpec Describe(Positions positions)
    {
        var count = positions.Rows * positions.Length;
        var group = new int[count];
        Array.Fill(group, 1);
        return new AttentionSpec(positions.Rows, positions.Length, [.. positions.Documents], group, new int[count], positions.Valid());
    }
}
