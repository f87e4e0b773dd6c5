using Collimate.Alignment;
using Collimate.Data.Conversations;
using Collimate.Torch;

namespace Collimate.Training.Programs;

/// <summary>Host data of one piece of a batch of conversations: rendered text and normalised pictures, ready to become tensors.</summary>
/// <param name="Layouts">A rendered conversation per row, or several that were packed into it.</param>
/// <param name="Pixels">All pictures, <c>[images, 3, height, width]</c> row-major; empty without pictures.</param>
/// <param name="PixelShape">Its shape.</param>
/// <param name="AnswerTokens">Labelled tokens in the whole batch that this is a piece of.</param>
/// <param name="Rows">Samples in the whole batch.</param>
public sealed record ConversationPiece(IReadOnlyList<TokenLayout> Layouts, float[] Pixels, long[] PixelShape, int AnswerTokens, int Rows)
{
    /// <summary>How many samples the rows are made of: more than rows where several were packed into one.</summary>
    public int Samples { get; init; } = Layouts.Count;

    /// <summary>The piece's number in the step, over all processes that train together.</summary>
    public int Index { get; init; }

    /// <summary>The piece as a batch on a device.</summary>
    public Batch ToBatch(Device device) =>
        new(Layouts, Pixels.Length == 0 ? null : Tensor.From(Pixels, PixelShape, device));
}
