using Collimate.Imaging;

namespace Collimate.Reports;

/// <summary>A picture and what the model says about it.</summary>
/// <param name="Id">The picture's name.</param>
/// <param name="Picture">The picture.</param>
/// <param name="Questions">What was asked.</param>
public sealed record GalleryItem(string Id, Image Picture, IReadOnlyList<GalleryQuestion> Questions)
{
    /// <summary>What the picture shows, for those who cannot see it.</summary>
    public string Description { get; init; } = "";

    /// <summary>What is special about it, such as "unseen emoji".</summary>
    public string Note { get; init; } = "";
}

/// <summary>A question with its true answer and the model's, before and after training.</summary>
/// <param name="Question">The question.</param>
/// <param name="Truth">The true answer.</param>
/// <param name="Before">The answer before training; null where it was not asked.</param>
/// <param name="After">The answer after training.</param>
public sealed record GalleryQuestion(string Question, string Truth, string? Before, string After)
{
    /// <summary>Whether the answer before training is the true one.</summary>
    public bool IsRightBefore => Before is not null && IsTrue(Before);

    /// <summary>Whether the answer after training is the true one.</summary>
    public bool IsRightAfter => IsTrue(After);

    private bool IsTrue(string answer) => string.Equals(answer.Trim(), Truth.Trim(), StringComparison.OrdinalIgnoreCase);
}
