namespace Collimate.Data.Scenes;

/// <summary>
/// Asks questions about scenes. They are balanced so that their words alone do not tell the answer: a present and an absent name are equally likely to be
/// asked for, counts, colours and categories are equally frequent answers, and names of unseen objects appear in no question of a training split.
/// </summary>
public static class SceneQuestions
{
    private const int TriesPerKind = 8;
    private static readonly QuestionKind[] Every = Enum.GetValues<QuestionKind>();

    /// <summary>Asks distinct questions; for each the kind is drawn evenly from those that the scene still allows.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="count">How many questions are wanted.</param>
    /// <param name="random">Where the choices come from.</param>
    /// <param name="kinds">The kinds to choose from; all by default.</param>
    /// <returns>As many as wanted, or fewer where the scene does not allow so many.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative.</exception>
    public static IReadOnlyList<SceneQuestion> Ask(Scene scene, int count, ref SceneRandom random, IReadOnlyList<QuestionKind>? kinds = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var facts = new SceneFacts(scene);
        var statistics = scene.World.Statistics(scene.Split);
        var open = new List<QuestionKind>(kinds ?? Every);
        var questions = new List<SceneQuestion>(count);
        while (questions.Count < count && open.Count > 0)
        {
            var kind = open[random.Next(open.Count)];
            if (AskNew(kind, facts, statistics, questions, ref random) is { } question)
            {
                questions.Add(question);
            }
            else
            {
                open.Remove(kind);
            }
        }

        return questions;
    }

    private static SceneQuestion? AskNew(
        QuestionKind kind, SceneFacts facts, SceneStatistics statistics, List<SceneQuestion> asked, ref SceneRandom random)
    {
        for (var tries = 0; tries < TriesPerKind; tries++)
        {
            if (AskOne(kind, facts, statistics, ref random) is not var (text, answer))
            {
                return null;
            }

            if (!asked.Exists(question => question.Text == text))
            {
                return new SceneQuestion(kind, text, answer);
            }
        }

        return null;
    }

    private static (string Text, string Answer)? AskOne(QuestionKind kind, SceneFacts facts, SceneStatistics statistics, ref SceneRandom random) => kind switch
    {
        QuestionKind.Existence => CountingQuestions.Existence(facts, statistics, ref random),
        QuestionKind.Count => CountingQuestions.Count(facts, statistics, ref random),
        QuestionKind.CountCategory => CountingQuestions.CountCategory(facts, statistics, ref random),
        QuestionKind.CountAll => CountingQuestions.CountAll(facts),
        QuestionKind.Comparison => CountingQuestions.Comparison(facts, ref random),
        QuestionKind.WhatIsAt => PlaceQuestions.WhatIsAt(facts, ref random),
        QuestionKind.WhereIs => PlaceQuestions.WhereIs(facts, ref random),
        QuestionKind.Relation => PlaceQuestions.Relation(facts, ref random),
        QuestionKind.NextTo => PlaceQuestions.NextTo(facts, ref random),
        QuestionKind.TwoStep => PlaceQuestions.TwoStep(facts, ref random),
        QuestionKind.Colour => PropertyQuestions.Colour(facts, statistics, ref random),
        QuestionKind.Category => PropertyQuestions.Category(facts, statistics, ref random),
        QuestionKind.Reading => PropertyQuestions.Reading(facts),
        QuestionKind.Sum => PropertyQuestions.Sum(facts),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no such kind of question"),
    };
}
