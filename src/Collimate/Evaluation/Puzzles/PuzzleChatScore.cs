using Collimate.Data.Puzzles;

namespace Collimate.Evaluation.Puzzles;

/// <summary>Scores what a model that speaks answered to puzzles put as <see cref="PuzzleChat.Ask"/> puts them.</summary>
/// <param name="kinds">The puzzles.</param>
public sealed class PuzzleChatScore(IEnumerable<PuzzleKind> kinds)
{
    private readonly PuzzleScore score = new(kinds);

    /// <summary>How many answers named no option; they count as wrong.</summary>
    public int Unreadable { get; private set; }

    /// <summary>How the puzzles went.</summary>
    public PuzzleSummary Summary => score.Summary;

    /// <summary>Takes an answer.</summary>
    /// <param name="instance">What was asked.</param>
    /// <param name="answer">What the model said.</param>
    /// <returns>The option that the answer was read as, 0 to 4; null where it names none.</returns>
    public int? Add(PuzzleInstance instance, string answer)
    {
        var option = PuzzleChat.Option(answer, instance.Options);
        Unreadable += option is null ? 1 : 0;
        score.AddOption(instance, option);
        return option;
    }
}
