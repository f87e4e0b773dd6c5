using Collimate.Torch;

namespace Collimate.Alignment.Composition;

/// <summary>Seam 4: in what order do visual and text tokens enter?</summary>
/// <remarks>Only image tokens and tokens of the user's prompt may move; system text, role markers and answers stay where they are.</remarks>
public interface IComposition
{
    /// <summary>Whether the place of a picture's tokens depends on the question, so that several questions cannot share one picture.</summary>
    bool OrdersByQuestion => false;

    /// <summary>Whether pictures' tokens have places in the sequence at all.</summary>
    bool PlacesPictures => true;

    /// <summary>Decides the order of a batch.</summary>
    /// <param name="visual">Visual tokens, <c>[images, tokens, hidden]</c>, or null without pictures.</param>
    /// <param name="text">Embedded layouts, padded, <c>[rows, tokens, hidden]</c>.</param>
    /// <param name="batch">The rows.</param>
    /// <param name="pass">Whether and how far the pass trains, its randomness, and where to report.</param>
    Order Arrange(Tensor? visual, Tensor text, Batch batch, PassContext pass);
}
