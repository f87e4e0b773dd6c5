namespace Collimate.Data.Scenes;

/// <summary>
/// Asks questions about scenes. They are balanced so that their words alone do not tell the answer: a present and an absent name are equally likely to be
/// asked for, counts, colours and categories are equally frequent answers, and names of unseen objects appear in no question of a training split.
/// </summary>
public static class SceneQuestions
{
    private const int TriesPerKind = 8;
    private static readonly QuestionKind[] Every = Enum.GetValues<QuestionKind>();

    /// <summary>Asks distinct questions of evenly mixed kinds, in random order.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="count">How many questions are wanted.</param>
    /// <param name="random">Where the choices come from.</param>
    /// <param name="kinds">The kinds to choose from; all by default.</param>
    /// <returns>As many as wanted, or fewer where the scene does not allow so many.</returns>
    /// <remarks>
    /// The kinds whose answers depend on how much a scene holds are asked at most once, and as often of a small scene as of a large one; if they filled
    /// the room that a small scene leaves, small numbers would be the better guess. The other kinds take turns in what room there is.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative.</exception>
    public static IReadOnlyList<SceneQuestion> Ask(Scene scene, int count, ref SceneRandom random, IReadOnlyList<QuestionKind>? kinds = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var facts = new SceneFacts(scene);
        var statistics = scene.World.Statistics(scene.Split);
        QuestionKind[] order = [.. kinds ?? Every];
        random.Shuffle<QuestionKind>(order);
        var share = (double)count / order.Length;
        var questions = new List<SceneQuestion>(count);
        var repeatable = new List<QuestionKind>(order.Length);
        foreach (var kind in order)
        {
            if (!DependsOnAmount(kind))
            {
                repeatable.Add(kind);
            }
            else if (random.Chance(share) && questions.Count < count && AskNew(kind, facts, statistics, questions, ref random) is { } question)
            {
                questions.Add(question);
            }
        }

        // Every repeatable kind has had its turn before one has a second.
        for (var turn = 0; questions.Count < count && repeatable.Count > 0;)
        {
            if (AskNew(repeatable[turn], facts, statistics, questions, ref random) is { } question)
            {
                questions.Add(question);
                turn++;
            }
            else
            {
                repeatable.RemoveAt(turn);
            }

            turn = turn < repeatable.Count ? turn : 0;
        }

        var mixed = questions.ToArray();
        random.Shuffle<SceneQuestion>(mixed);
        return mixed;
    }

    private static bool DependsOnAmount(QuestionKind kind) =>
        kind is QuestionKind.Count or QuestionKind.CountCategory or QuestionKind.CountAll or QuestionKind.Colour or QuestionKind.Category;

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
