using Collimate.Data.Scenes;

namespace Collimate.Evaluation;

/// <summary>What answering takes, as benchmarks of the field group it: seeing alone, or thinking about what is seen.</summary>
public enum QuestionGroup
{
    /// <summary>Existence, counts, places, neighbours, colours, kinds of things, reading.</summary>
    Perception,

    /// <summary>Comparisons, questions in two steps, sums of what is read.</summary>
    Cognition,
}

/// <summary>The groups of the gym's questions.</summary>
public static class QuestionGroups
{
    /// <summary>The group of a kind of question.</summary>
    public static QuestionGroup Of(QuestionKind kind) =>
        kind is QuestionKind.Comparison or QuestionKind.TwoStep or QuestionKind.Sum ? QuestionGroup.Cognition : QuestionGroup.Perception;
}
