using Collimate.Data.Conversations;

namespace Collimate.Data.Scenes;

/// <summary>
/// Preferences about scenes: to every question the right answer and a wrong one of its kind. Where a thing is asked for, the wrong answer invents: it affirms an object that is
/// absent, or names one; a caption's wrong side puts such an object in the place of one that is there.
/// </summary>
public static class ScenePreferences
{
    /// <summary>Asks about a scene.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="options">How many questions of what kinds, and how often a caption.</param>
    /// <param name="random">Where the choices come from.</param>
    internal static Sample Make(Scene scene, SceneSourceOptions options, ref SceneRandom random)
    {
        var questions = SceneQuestions.Ask(scene, options.QuestionsPerScene, ref random, options.Kinds);
        var pairs = new List<(string Question, string Right, string Wrong)>(questions.Count + 1);
        foreach (var question in questions)
        {
            pairs.Add((question.Text, question.Answer, Wrong(scene, question, ref random)));
        }

        if (random.Chance(options.CaptionShare) && Caption(scene, options.CaptionStyle, ref random) is { } caption)
        {
            pairs.Insert(random.Next(pairs.Count + 1), caption);
        }

        var sample = SceneSamples.WithPicture(scene, [.. pairs.Select(pair => (pair.Question, pair.Right))]);
        var opening = sample.Conversation.TakeWhile(turn => turn.Role == "system");
        return sample with { Rejected = [.. opening, .. SceneSamples.Turns([.. pairs.Select(pair => (pair.Question, pair.Wrong))])] };
    }

    /// <summary>A wrong answer to a question, of the kind that the right one is.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="question">The question, with its right answer.</param>
    /// <param name="random">Where the choice comes from.</param>
    public static string Wrong(Scene scene, SceneQuestion question, ref SceneRandom random)
    {
        ArgumentNullException.ThrowIfNull(scene);
        ArgumentNullException.ThrowIfNull(question);
        var (world, answer) = (scene.World, question.Answer);
        return question.Kind switch
        {
            QuestionKind.Existence or QuestionKind.Relation => answer == "yes" ? "no" : "yes",
            QuestionKind.Count => Other(Numbers(0, SceneFacts.LargestCount), answer, ref random),
            QuestionKind.CountCategory => Other(Numbers(0, SceneFacts.LargestCategoryCount), answer, ref random),
            QuestionKind.CountAll => Other(Numbers(1, 6), answer, ref random),
            QuestionKind.Sum => Other(Numbers(0, 27), answer, ref random),
            QuestionKind.WhereIs => Other(ScenePositions.Names, answer, ref random),
            QuestionKind.Colour => Other(world.Colours, answer, ref random),
            QuestionKind.Category => Other(world.Categories, answer, ref random),
            QuestionKind.Comparison => world.Categories.First(category => category != answer && question.Text.Contains($" {category} ", StringComparison.Ordinal)),
            QuestionKind.Reading => Misread(scene, ref random),
            _ => world.Items[Absent(scene, ref random)].Name,
        };
    }

    /// <summary>A caption, and the same with an object of the scene taken for one that is absent; null where no object is mentioned.</summary>
    private static (string Request, string Right, string Wrong)? Caption(Scene scene, CaptionStyle? style, ref SceneRandom random)
    {
        var seen = scene.Objects.ToArray();
        random.Shuffle<PlacedItem>(seen);
        var absent = Absent(scene, ref random);
        var start = random;
        var (request, right) = SceneSamples.Caption(scene, ref random, style);
        foreach (var item in seen)
        {
            // The same choices, so that nothing else differs.
            var (again, imagined) = (start, scene.With(item, absent));
            var (_, wrong) = SceneSamples.Caption(imagined, ref again, style);
            if (wrong.Split(' ', ',', '.').Contains(scene.World.Items[absent].Name))
            {
                return (request, right, wrong);
            }
        }

        return null;
    }

    private static int Absent(Scene scene, ref SceneRandom random) => scene.World.Statistics(scene.Split).Absent.Pick(new SceneFacts(scene).Distinct, ref random);

    private static string Misread(Scene scene, ref SceneRandom random)
    {
        var world = scene.World;
        var read = scene.Symbols.Select(scene.NameOf).ToArray();
        var at = random.Next(read.Length);
        var isDigit = world.IsDigit(scene.Symbols[at].Item);
        read[at] = Other([.. world.Items.Where(item => world.IsSymbol(item.Id) && world.IsDigit(item.Id) == isDigit).Select(item => item.Name)], read[at], ref random);
        return string.Join(' ', read);
    }

    private static string Other(IEnumerable<string> choices, string answer, ref SceneRandom random) => random.Pick<string>([.. choices.Where(choice => choice != answer)]);

    private static IEnumerable<string> Numbers(int least, int most) => Enumerable.Range(least, most - least + 1).Select(number => $"{number}");
}
