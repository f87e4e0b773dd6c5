using Collimate.Torch;

namespace Collimate.Alignment.Conditioning;

/// <summary>Seam 1: may text steer the vision tower while it looks?</summary>
public interface IConditioning
{
    /// <summary>What the text of a batch says to the eye.</summary>
    /// <param name="batch">The rows.</param>
    /// <returns>A prefix per picture, <c>[images, k, visionWidth]</c>, or null where nothing is said.</returns>
    Tensor? Read(Batch batch);
}

/// <summary>The eye looks alike whatever is asked.</summary>
public sealed class NoConditioning : IConditioning
{
    /// <inheritdoc/>
    public Tensor? Read(Batch batch) => null;
}
