using Collimate.Models.Vision;

namespace Collimate.Alignment.Conditioning;

/// <summary>Seam 1: may text steer the vision tower while it looks?</summary>
public interface IConditioning
{
    /// <summary>Whether what the eye sees depends on the question, so that several questions cannot share one picture.</summary>
    bool ReadsQuestion => false;

    /// <summary>How many tokens a tower hands on behind a picture's patches for the text that was said to it.</summary>
    int KeptTokens => 0;

    /// <summary>What the text of a batch says to the eye.</summary>
    /// <param name="asked">What is asked about the pictures of the batch.</param>
    /// <returns>What is said about each picture, or null where nothing is.</returns>
    VisionCondition? Read(PictureQuestions asked);
}

/// <summary>The eye looks alike whatever is asked.</summary>
public sealed class NoConditioning : IConditioning
{
    /// <inheritdoc/>
    public VisionCondition? Read(PictureQuestions asked) => null;
}
