namespace Collimate.Data.Scenes;

/// <summary>Measures how well questions are answered without looking at the picture: what a model must beat before anything is said about its sight.</summary>
public static class SceneBaselines
{
    private const int QuestionsPerScene = 6;

    /// <summary>Learns answers from the questions' words on one split and scores them on another.</summary>
    /// <param name="world">The world.</param>
    /// <param name="learn">The split whose questions are learnt from.</param>
    /// <param name="test">The split whose questions are answered.</param>
    /// <param name="learnScenes">Scenes to learn from, six questions each.</param>
    /// <param name="testScenes">Scenes to score, six questions each.</param>
    /// <param name="seed">The scenes' seed.</param>
    /// <returns>A row for each kind that was asked, in the order of <see cref="QuestionKind"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number of scenes is not positive.</exception>
    public static IReadOnlyList<SceneBaseline> Measure(
        SceneWorld world, SceneSplit learn, SceneSplit test, int learnScenes = 40_000, int testScenes = 10_000, ulong seed = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(learnScenes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(testScenes);
        var byText = new Dictionary<string, Tally>();
        var byKind = new Dictionary<QuestionKind, Tally>();
        foreach (var question in Questions(world, learn, seed, learnScenes))
        {
            Add(byText, question.Text, question.Answer);
            Add(byKind, question.Kind, question.Answer);
        }

        var scores = new Dictionary<QuestionKind, Score>();
        // The same split would repeat the learnt scenes under the same seed.
        foreach (var question in Questions(world, test, seed + 1, testScenes))
        {
            var common = byKind.TryGetValue(question.Kind, out var kind) ? kind.Best : null;
            var learnt = byText.TryGetValue(question.Text, out var text) ? text.Best : common;
            var score = scores.GetValueOrDefault(question.Kind) ?? (scores[question.Kind] = new Score());
            score.Asked++;
            score.Answers.Add(question.Answer);
            score.Majority += question.Answer == common ? 1 : 0;
            score.Blind += question.Answer == learnt ? 1 : 0;
        }

        double total = scores.Values.Sum(score => score.Asked);
        return [.. scores.OrderBy(pair => pair.Key).Select(pair => new SceneBaseline(
            pair.Key, pair.Value.Asked, pair.Value.Asked / total, pair.Value.Answers.Count,
            (double)pair.Value.Majority / pair.Value.Asked, (double)pair.Value.Blind / pair.Value.Asked))];
    }

    private static IEnumerable<SceneQuestion> Questions(SceneWorld world, SceneSplit split, ulong seed, int scenes)
    {
        for (var index = 0; index < scenes; index++)
        {
            var random = new SceneRandom(seed, "baseline", index);
            foreach (var question in SceneQuestions.Ask(world.Draw(split, seed, index), QuestionsPerScene, ref random))
            {
                yield return question;
            }
        }
    }

    private static void Add<TKey>(Dictionary<TKey, Tally> tallies, TKey key, string answer)
        where TKey : notnull
    {
        if (!tallies.TryGetValue(key, out var tally))
        {
            tallies[key] = tally = new Tally();
        }

        tally.Add(answer);
    }

    private sealed class Score
    {
        internal HashSet<string> Answers { get; } = [];

        internal int Asked { get; set; }

        internal int Majority { get; set; }

        internal int Blind { get; set; }
    }

    private sealed class Tally
    {
        private readonly Dictionary<string, int> counts = [];
        private int most;

        internal string? Best { get; private set; }

        internal void Add(string answer)
        {
            var count = counts[answer] = counts.GetValueOrDefault(answer) + 1;
            if (count > most)
            {
                (most, Best) = (count, answer);
            }
        }
    }
}
