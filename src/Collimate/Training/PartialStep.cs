using Collimate.Torch;

namespace Collimate.Training;

/// <summary>A step that was interrupted between two of its pieces: what a checkpoint must hold to go on in the middle of an accumulation.</summary>
/// <param name="Pieces">How many pieces are done.</param>
/// <param name="Gradients">The sums of their gradients, one for each parameter; null where a parameter got none.</param>
/// <param name="Loss">The sum of their parts of the loss.</param>
/// <param name="Samples">How many samples they held.</param>
/// <param name="Tokens">How many positions they held.</param>
public sealed record PartialStep(int Pieces, Tensor?[] Gradients, double Loss, int Samples, int Tokens) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var gradient in Gradients)
        {
            gradient?.Dispose();
        }
    }
}
