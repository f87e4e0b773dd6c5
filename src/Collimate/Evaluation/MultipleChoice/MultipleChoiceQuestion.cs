namespace Collimate.Evaluation.MultipleChoice;

/// <summary>A question with lettered answers, one of which is right.</summary>
/// <param name="Text">The question.</param>
/// <param name="Choices">The answers, of which the first is A.</param>
/// <param name="Right">The number of the right one, from 0.</param>
public sealed record MultipleChoiceQuestion(string Text, IReadOnlyList<string> Choices, int Right)
{
    /// <summary>The letter of a choice.</summary>
    public static char Letter(int choice) => (char)('A' + choice);
}

/// <summary>The questions of one subject, and those that are shown with their answers before each of them.</summary>
/// <param name="Name">The subject as its files are called: <c>high_school_physics</c>.</param>
/// <param name="Examples">Questions with known answers.</param>
/// <param name="Questions">Questions that are asked.</param>
public sealed record MultipleChoiceSubject(string Name, IReadOnlyList<MultipleChoiceQuestion> Examples, IReadOnlyList<MultipleChoiceQuestion> Questions);
