using Collimate.Alignment;
using Collimate.Data.Conversations;
using Collimate.Torch;
using Collimate.Training.Features;

namespace Collimate.Training.Programs;

/// <summary>Host data of one piece of a batch of conversations: rendered text and normalised pictures, ready to become tensors.</summary>
/// <param name="Layouts">A rendered conversation per row, or several that were packed into it.</param>
/// <param name="Pixels">All pictures, <c>[images, 3, height, width]</c> row-major; empty without pictures, and where their features are known.</param>
/// <param name="PixelShape">Its shape.</param>
/// <param name="AnswerTokens">Labelled tokens in the whole batch that this is a piece of.</param>
/// <param name="Rows">Samples in the whole batch.</param>
public sealed record ConversationPiece(IReadOnlyList<TokenLayout> Layouts, float[] Pixels, long[] PixelShape, int AnswerTokens, int Rows)
{
    /// <summary>How many samples the rows are made of: more than rows where several were packed into one.</summary>
    public int Samples { get; init; } = Layouts.Count;

    /// <summary>The piece's number in the step, over all processes that train together.</summary>
    public int Index { get; init; }

    /// <summary>What the vision tower said of all its pictures earlier, in place of <see cref="Pixels"/>; null where it is to look at them.</summary>
    public StoredFeatures? Features { get; init; }

    /// <summary>The pictures' names in the feature cache, where what the tower says of them is to be kept; empty where it is not.</summary>
    public IReadOnlyList<FeatureKey> Unknown { get; init; } = [];

    /// <summary>Where all its pictures came from, in the order of <see cref="Pixels"/>.</summary>
    public IReadOnlyList<ImageSource> Images { get; init; } = [];

    /// <summary>Whether the second half of the rows are the rejected answers to the prompts of the first.</summary>
    public bool IsPaired { get; init; }

    /// <summary>The piece as a batch on a device.</summary>
    public Batch ToBatch(Device device) =>
        new(Layouts, Pixels.Length == 0 ? null : Tensor.From(Pixels, PixelShape, device), Features?.ToTensor(device), IsPaired) { Images = Images };
}
