using Collimate.Data.Scenes;

namespace Collimate.Tests.Data.Scenes;

public sealed class SceneQuestionsTests
{
    [Theory]
    [InlineData(SceneSplit.Pretrain)]
    [InlineData(SceneSplit.Train)]
    [InlineData(SceneSplit.TestCompositions)]
    [InlineData(SceneSplit.TestUnseen)]
    public void Ask_ManyScenes_AnswersAreTrueAndQuestionsDistinct(SceneSplit split)
    {
        var kinds = new HashSet<QuestionKind>();
        foreach (var scene in GymWorld.Scenes(split, 1500))
        {
            var random = new SceneRandom(2, "ask", scene.Index);
            var questions = SceneQuestions.Ask(scene, 12, ref random);
            Assert.All(questions, question => Assert.Equal(QuestionSolver.Solve(scene, question), question.Answer));
            Assert.Equal(questions.Count, questions.Select(question => question.Text).Distinct().Count());
            Assert.InRange(questions.Count, 6, 12);
            kinds.UnionWith(questions.Select(question => question.Kind));
        }

        Assert.Equal(Enum.GetValues<QuestionKind>().Length, kinds.Count);
    }

    [Fact]
    public void Ask_TrainingSplits_NeverNameTheUnseen()
    {
        var unseen = GymWorld.World.Objects.Where(item => GymWorld.World.IsUnseen(item.Id)).Select(item => item.Name).ToHashSet();
        foreach (var split in (SceneSplit[])[SceneSplit.Train, SceneSplit.Validation, SceneSplit.TestCompositions])
        {
            foreach (var question in Questions(split, 2000, 6))
            {
                Assert.DoesNotContain(question.Text.TrimEnd('?').Split(' ').Append(question.Answer), unseen.Contains);
            }
        }
    }

    [Fact]
    public void Ask_SameRandom_SameQuestions() =>
        Assert.Equal(Questions(SceneSplit.Train, 50, 6).ToArray(), Questions(SceneSplit.Train, 50, 6).ToArray());

    [Fact]
    public void Ask_ChosenKinds_AsksNoOthers()
    {
        foreach (var scene in GymWorld.Scenes(SceneSplit.Train, 100))
        {
            var random = new SceneRandom(2, "ask", scene.Index);
            Assert.All(SceneQuestions.Ask(scene, 4, ref random, [QuestionKind.WhereIs, QuestionKind.Sum]),
                question => Assert.True(question.Kind is QuestionKind.WhereIs or QuestionKind.Sum));
        }
    }

    [Fact]
    public void Ask_NoQuestions_IsEmpty()
    {
        var random = new SceneRandom(2, "ask", 0);

        Assert.Empty(SceneQuestions.Ask(GymWorld.World.Draw(SceneSplit.Train, 1, 0), 0, ref random));
    }

    [Theory]
    [InlineData(QuestionKind.Existence, 1)]
    [InlineData(QuestionKind.Existence, 12)]
    [InlineData(QuestionKind.Relation, 6)]
    [InlineData(QuestionKind.Count, 6)]
    [InlineData(QuestionKind.Count, 12)]
    [InlineData(QuestionKind.CountCategory, 12)]
    [InlineData(QuestionKind.CountAll, 6)]
    [InlineData(QuestionKind.Category, 6)]
    public void Ask_ManyScenes_AnswersOfAKindAreEven(QuestionKind kind, int perScene)
    {
        var answers = Questions(SceneSplit.Train, 12_000, perScene).Where(question => question.Kind == kind).CountBy(question => question.Answer).ToDictionary();
        double total = answers.Values.Sum();

        // A tenth of the fair share, and the noise of the sample.
        Assert.All(answers, pair => Assert.InRange(
            pair.Value / total, (0.9 / answers.Count) - (4 / Math.Sqrt(total * answers.Count)), (1.1 / answers.Count) + (4 / Math.Sqrt(total * answers.Count))));
    }

    [Fact]
    public void Ask_ManyNames_SpeakForNeitherYesNorNo()
    {
        var names = Questions(SceneSplit.Train, 60_000, 1, [QuestionKind.Existence]).GroupBy(question => question.Text)
            .ToDictionary(group => group.Key, group => (Yes: group.Count(question => question.Answer == "yes"), Asked: group.Count()));

        Assert.Equal(GymWorld.World.Objects.Count(item => !GymWorld.World.IsUnseen(item.Id)), names.Count);
        Assert.All(names, pair => Assert.InRange(
            (double)pair.Value.Yes / pair.Value.Asked, 0.43 - (2 / Math.Sqrt(pair.Value.Asked)), 0.57 + (2 / Math.Sqrt(pair.Value.Asked))));
    }

    private static IEnumerable<SceneQuestion> Questions(SceneSplit split, int scenes, int perScene, QuestionKind[]? kinds = null)
    {
        foreach (var scene in GymWorld.Scenes(split, scenes))
        {
            var random = new SceneRandom(2, "ask", scene.Index);
            foreach (var question in SceneQuestions.Ask(scene, perScene, ref random, kinds))
            {
                yield return question;
            }
        }
    }
}
