namespace Collimate.Data.Puzzles;

/// <summary>How an option is chosen by what was predicted (O_acc).</summary>
public enum PuzzleAnswerRule
{
    /// <summary>The option whose value is nearest to the predicted one, the first of several.</summary>
    Nearest,

    /// <summary>The predicted value is taken for the option's number itself, 0 to 4.</summary>
    Match,

    /// <summary>All steps must be the answer's; no option is looked for.</summary>
    Sequence,
}
