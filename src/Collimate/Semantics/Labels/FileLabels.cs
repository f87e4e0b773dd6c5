using Collimate.Alignment;
using Collimate.Data;

namespace Collimate.Semantics.Labels;

/// <summary>What becomes of a picture that a file has no labels for.</summary>
public enum MissingLabels
{
    /// <summary>The training ends and names it.</summary>
    Refuse,

    /// <summary>None of its patches is paired with a word.</summary>
    Skip,
}

/// <summary>Labels found beforehand, once for every picture, and read from a file.</summary>
/// <remarks>Pictures are known by the hash of their contents, so that no name or order matters; the pictures themselves are not looked at, so a feature cache may stand beside it.</remarks>
/// <param name="file">The file; owned from now on.</param>
/// <param name="missing">What becomes of a picture without labels.</param>
public sealed class FileLabels(LabelFile file, MissingLabels missing) : IPatchLabelSource, IDisposable
{
    /// <inheritdoc/>
    public WordList Words => file.Words;

    /// <inheritdoc/>
    /// <exception cref="DataException">A picture has no labels in the file, or its record is damaged.</exception>
    public IReadOnlyList<PatchLabels> Of(ForwardPass pass)
    {
        var images = pass.Batch.Images ?? throw new InvalidOperationException("the batch does not say where its pictures came from, which labels of a file are found by");
        return [.. images.Select(image => file.Find(image.ContentHash()) ?? (missing == MissingLabels.Skip
            ? PatchLabels.None(file.Origin.Grid.Count, file.Origin.Top)
            : throw new DataException(
                image.Origin, $"the picture has no labels in {file.Path}. Label the stage's data with 'collimate label', which adds what is missing, or say missing: skip to go on without its words.")))];
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}
