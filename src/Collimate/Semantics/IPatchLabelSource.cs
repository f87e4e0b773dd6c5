using Collimate.Alignment;

namespace Collimate.Semantics;

/// <summary>Knows the words of the patches that a pass looked at.</summary>
public interface IPatchLabelSource
{
    /// <summary>The words they are numbered by.</summary>
    WordList Words { get; }

    /// <summary>The labels of every picture of a pass.</summary>
    /// <param name="pass">A pass with pictures.</param>
    /// <returns>One for each picture, with as many patches as the model's eye has.</returns>
    IReadOnlyList<PatchLabels> Of(ForwardPass pass);
}
