using Collimate.Data.Conversations;
using Collimate.Recipes;

namespace Collimate.Data.Scenes;

/// <summary>What a scene's samples are made of.</summary>
public enum SceneContent
{
    /// <summary>The picture, and one caption to be given.</summary>
    Captions,
    /// <summary>The picture, and several questions with answers.</summary>
    Questions,
    /// <summary>No picture but a description in words, and several questions: how the decoder learns what can be asked.</summary>
    Text,
    /// <summary>Questions without picture or description: what can be guessed.</summary>
    Blind,
    /// <summary>The picture, and several questions, each with a right answer and a wrong one that the right one is preferred to.</summary>
    Preferences,
}

/// <summary>Options of the gym as a source of samples.</summary>
public sealed record SceneSourceOptions
{
    /// <summary>What samples are made of.</summary>
    public SceneContent Content { get; init; } = SceneContent.Questions;

    /// <summary>Which part of the world.</summary>
    public SceneSplit Split { get; init; } = SceneSplit.Train;

    /// <summary>Which stream of scenes; the same seed gives the same scenes.</summary>
    [RecipeRange(0)]
    public long Seed { get; init; } = 1;

    /// <summary>Questions a scene.</summary>
    [RecipeRange(1, 32)]
    public int QuestionsPerScene { get; init; } = 6;

    /// <summary>The kinds of questions; a kind that is named twice is asked twice as often. All kinds alike where silent.</summary>
    public IReadOnlyList<QuestionKind>? Kinds { get; init; }

    /// <summary>How often a sample of questions also asks for a caption; of preferences, the wrong one names an object that is not there.</summary>
    [RecipeRange(0, 1)]
    public double CaptionShare { get; init; }

    /// <summary>How captions describe a scene: <c>short</c>, <c>detailed</c>, <c>shuffled</c>, <c>relations</c> or <c>varied</c>; a mixture of detailed and short ones where silent.</summary>
    public CaptionStyle? CaptionStyle { get; init; }

    /// <summary>How often a description in words is a map, one word a patch, rather than a list.</summary>
    [RecipeRange(0, 1)]
    public double MapShare { get; init; } = 0.6;

    /// <summary>Patches a side of such a map: that of the vision tower whose twin it is.</summary>
    [RecipeRange(3, 32)]
    public int MapSide { get; init; } = 8;

    /// <summary>How often each word of a map is dropped to "empty", so that the decoder leans on no single patch.</summary>
    [RecipeRange(0, 0.9)]
    public double MapDropout { get; init; } = 0.03;
}

/// <summary>The gym as a source of training samples: endless, and the same for the same seed.</summary>
public sealed class SceneSampleSource(SceneSourceOptions options) : ISampleSource
{
    private static readonly Lazy<SceneWorld> SharedWorld = new(() => SceneWorld.Load());

    /// <summary>The world all sources share.</summary>
    public static SceneWorld World => SharedWorld.Value;

    /// <inheritdoc/>
    public IReadOnlyList<Sample> Draw(long step, int count) =>
        [.. Enumerable.Range(0, count).Select(k => Make(World.Draw(options.Split, (ulong)options.Seed, (step * count) + k)))];

    private Sample Make(Scene scene)
    {
        var random = new SceneRandom((ulong)options.Seed, $"samples/{options.Content}", scene.Index);
        if (options.Content == SceneContent.Captions)
        {
            return SceneSamples.WithPicture(scene, [SceneSamples.Caption(scene, ref random, options.CaptionStyle)]);
        }

        if (options.Content == SceneContent.Preferences)
        {
            return ScenePreferences.Make(scene, options, ref random);
        }

        var exchanges = SceneQuestions.Ask(scene, options.QuestionsPerScene, ref random, options.Kinds).Select(q => (q.Text, q.Answer)).ToList();
        if (random.Chance(options.CaptionShare))
        {
            exchanges.Insert(random.Next(exchanges.Count + 1), SceneSamples.Caption(scene, ref random, options.CaptionStyle));
        }

        return options.Content switch
        {
            SceneContent.Questions => SceneSamples.WithPicture(scene, exchanges),
            SceneContent.Blind => SceneSamples.WithPreamble(scene, null, exchanges),
            _ => SceneSamples.WithPreamble(scene, Description(scene, ref random), exchanges),
        };
    }

    private string Description(Scene scene, ref SceneRandom random)
    {
        if (!random.Chance(options.MapShare))
        {
            return SceneCaptions.Describe(scene, random.Chance(0.5) ? CaptionStyle.Detailed : CaptionStyle.Shuffled, ref random);
        }

        var words = SceneCaptions.Map(scene, options.MapSide, options.MapSide).Split(' ');
        for (var k = 0; k < words.Length; k++)
        {
            if (random.Chance(options.MapDropout))
            {
                words[k] = SceneCaptions.EmptyWord;
            }
        }

        return string.Join(' ', words);
    }
}
