using Collimate.Data.Scenes;
using Collimate.Imaging;

namespace Collimate.Server.Page;

/// <summary>Examples from the gym: scenes that no training saw, the same ones at every start, with questions whose answers are known.</summary>
internal static class ExampleScenes
{
    private const ulong Seed = 2026;
    private const int Count = 8;
    private const int FewestObjects = 3;
    private const int QuestionsEach = 3;

    private static readonly QuestionKind[] Kinds =
    [
        QuestionKind.WhatIsAt, QuestionKind.Count, QuestionKind.WhereIs, QuestionKind.Existence, QuestionKind.CountAll, QuestionKind.Relation, QuestionKind.NextTo,
        QuestionKind.Reading, QuestionKind.Sum, QuestionKind.Category,
    ];

    /// <summary>Draws them.</summary>
    /// <exception cref="Data.DataException">The emoji or their names are not on this machine.</exception>
    public static Example[] Draw()
    {
        var world = SceneSampleSource.World;
        var scenes = Enumerable.Range(0, int.MaxValue).Select(index => world.Draw(SceneSplit.Validation, Seed, index)).Where(scene => scene.Objects.Count >= FewestObjects);
        return [.. scenes.Take(Count).Select(ExampleOf)];
    }

    private static Example ExampleOf(Scene scene)
    {
        var random = new SceneRandom(Seed, "page/questions", scene.Index);
        var questions = SceneQuestions.Ask(scene, QuestionsEach, ref random, Kinds).Select(question => new ExampleQuestion(question.Text, question.Answer));
        var request = new ExampleQuestion(SceneSamples.Caption(scene, ref random, CaptionStyle.Detailed).Question, null);
        return new Example(scene.Id, Title(scene), ExamplePicture.Url(SceneRenderer.Render(scene)), [.. questions, request]);
    }

    private static string Title(Scene scene) => string.Join(", ", scene.Items.Select(scene.NameOf));
}
