using Collimate.Data.Conversations;
using Collimate.Data.Scenes;

namespace Collimate.Tests.Data.Scenes;

public sealed class ScenePreferencesTests
{
    [Fact]
    public void Wrong_EveryKind_IsNoTrueAnswerButOneOfItsKind()
    {
        var kinds = new HashSet<QuestionKind>();
        foreach (var scene in GymWorld.Scenes(SceneSplit.Train, 150))
        {
            var random = new SceneRandom(1, "test", scene.Index);
            foreach (var question in SceneQuestions.Ask(scene, 14, ref random))
            {
                kinds.Add(question.Kind);
                var truth = QuestionSolver.Solve(scene, question);
                var wrong = ScenePreferences.Wrong(scene, question, ref random);
                Assert.NotEqual(truth, wrong);
                if (question.Kind is QuestionKind.WhatIsAt or QuestionKind.NextTo or QuestionKind.TwoStep)
                {
                    Assert.NotNull(GymWorld.World.Find(wrong));
                    Assert.DoesNotContain(wrong, scene.Items.Select(scene.NameOf)); // it names what is not there
                }
                else if (question.Kind is QuestionKind.Existence or QuestionKind.Relation)
                {
                    Assert.Equal(truth == "yes" ? "no" : "yes", wrong);
                }
                else if (question.Kind == QuestionKind.Comparison)
                {
                    Assert.Contains($" {wrong} ", question.Text, StringComparison.Ordinal);
                }
                else
                {
                    Assert.Equal(truth.Split(' ').Length, wrong.Split(' ').Length);
                    Assert.Equal(int.TryParse(truth, out _), int.TryParse(wrong, out _));
                }
            }
        }

        Assert.Equal(Enum.GetValues<QuestionKind>(), kinds.Order());
    }

    [Fact]
    public void Draw_Preferences_FollowFromTheSeedAndDifferInTheirAnswersAlone()
    {
        var (first, again, other) = (Source(7), Source(7), Source(8));
        foreach (var (one, two) in first.Draw(3, 8).Zip(again.Draw(0, 32).Skip(24)))
        {
            Assert.Equal(Shown(one), Shown(two));
            Assert.Equal(one.Conversation.Count, one.Rejected!.Count);
            Assert.All(one.Conversation.Zip(one.Rejected!), pair => Assert.Equal(pair.First.Role == "assistant", pair.First != pair.Second));
            Assert.Single(one.Images);
        }

        Assert.NotEqual(first.Draw(0, 8).Select(Shown), other.Draw(0, 8).Select(Shown));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(CaptionStyle.Detailed)]
    [InlineData(CaptionStyle.Varied)]
    public void Draw_Captions_TheWrongOneNamesAnAbsentObjectInThePlaceOfOneThatIsThere(CaptionStyle? style)
    {
        var captions = 0;
        foreach (var sample in Source(5, style).Draw(0, 60))
        {
            var scene = GymWorld.World.Draw(SceneSplit.Train, 5, long.Parse(sample.Id.Split('-')[^1], System.Globalization.CultureInfo.InvariantCulture));
            var at = sample.Conversation.ToList().FindIndex(turn => turn.Text is "describe the picture." or "name the objects.");
            if (at < 0)
            {
                continue;
            }

            captions++;
            var (right, wrong) = (Names(sample.Conversation[at + 1]), Names(sample.Rejected![at + 1]));
            var there = scene.Items.Select(scene.NameOf).ToHashSet();
            Assert.Subset(there, right.ToHashSet());
            Assert.Single(wrong.Where(name => !there.Contains(name)).Distinct());
        }

        Assert.True(captions > 50, $"{captions}");

        static string[] Names(Turn turn) => [.. turn.Text.Split(' ', ',', '.').Where(word => GymWorld.World.Find(word) is not null)];
    }

    private static SceneSampleSource Source(long seed, CaptionStyle? style = null) =>
        new(new SceneSourceOptions { Content = SceneContent.Preferences, Seed = seed, QuestionsPerScene = 4, CaptionShare = 1, CaptionStyle = style });

    private static string Shown(Sample sample) => string.Join('|', sample.Conversation.Concat(sample.Rejected!).Select(turn => $"{turn.Role} {turn.Text}"));
}
