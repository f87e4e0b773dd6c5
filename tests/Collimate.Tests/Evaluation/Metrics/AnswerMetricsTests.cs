using System.Text.Json;
using Collimate.Data;
using Collimate.Evaluation.Metrics.Answers;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Evaluation.Metrics;

/// <summary>VQA accuracy against VQA's tool, and the other measures of short answers.</summary>
public sealed class AnswerMetricsTests
{
    [Fact]
    public void Normalization_GoldenTexts_EqualsVqasTool()
    {
        var texts = Read("normalisation.json").EnumerateArray().ToArray();
        Assert.Equal(238, texts.Length);
        Assert.All(texts, text =>
        {
            var stripped = VqaNormalization.Strip(text.GetProperty("input").GetString()!);
            var parted = VqaNormalization.WithoutPunctuation(stripped, VqaProtocol.Official);
            Assert.Equal(text.GetProperty("stripped").GetString(), stripped);
            Assert.Equal(text.GetProperty("after_punctuation").GetString(), parted);
            Assert.Equal(text.GetProperty("after_digit_article").GetString(), VqaNormalization.WithoutArticles(parted, VqaProtocol.Official));
        });
    }

    [Fact]
    public void Score_GoldenQuestions_EqualsVqasTool()
    {
        var asked = Read("questions.json").EnumerateArray().ToArray();
        var expected = Read("expected.json").GetProperty("accuracy_6_digits");
        VqaQuestion[] questions = [.. asked.Select(one => new VqaQuestion(
            one.GetProperty("question_id").GetRawText(), [.. one.GetProperty("answers").EnumerateArray().Select(answer => answer.GetProperty("answer").GetString()!)],
            one.GetProperty("question_type").GetString()!, one.GetProperty("answer_type").GetString()!))];

        var scores = VqaAccuracy.Score(questions, asked.ToDictionary(one => one.GetProperty("question_id").GetRawText(), one => one.GetProperty("prediction").GetString()!));

        Assert.All(asked.Zip(scores.Questions), one => Assert.Equal(one.First.GetProperty("expected_accuracy").GetDouble(), Math.Round(100 * one.Second, 2), 1e-9));
        Assert.Equal(expected.GetProperty("overall").GetDouble(), 100 * scores.Overall, 1e-6);
        Assert.All(expected.GetProperty("perQuestionType").EnumerateObject(), type => Assert.Equal(type.Value.GetDouble(), 100 * scores.QuestionTypes[type.Name], 1e-6));
        Assert.All(expected.GetProperty("perAnswerType").EnumerateObject(), type => Assert.Equal(type.Value.GetDouble(), 100 * scores.AnswerTypes[type.Name], 1e-6));
    }

    [Theory]
    [InlineData(0, 0.0)]
    [InlineData(1, 0.3)]
    [InlineData(2, 0.6)]
    [InlineData(3, 0.9)]
    [InlineData(4, 1.0)]
    [InlineData(10, 1.0)]
    public void Of_PeopleWhoAgree_CountThirdsWithOneLeftOut(int agree, double expected)
    {
        string[] people = [.. Enumerable.Range(0, 10).Select(at => at < agree ? "red" : $"other {at}")];

        Assert.Equal(expected, VqaAccuracy.Of("red", people), 1e-12);
        Assert.Equal(expected, VqaAccuracy.Of("red", people, VqaProtocol.EvalAi), 1e-12);
    }

    [Theory]
    [InlineData("The Im of 3.", VqaProtocol.Official, "im of 3")]
    [InlineData("The Im of 3.", VqaProtocol.Clean, "i'm of 3")]
    [InlineData("Mike's, two cats?", VqaProtocol.EvalAi, "mike 's 2 cats")]
    [InlineData("Mike's, two cats?", VqaProtocol.Official, "mike's 2 cats")]
    [InlineData("dont", VqaProtocol.EvalAi, "don't")]
    [InlineData("................................. a 3.5", VqaProtocol.Official, ". 3.5")] // 33 stops, of which 32 go
    [InlineData("................................. a 3.5", VqaProtocol.Clean, "3.5")]
    public void Apply_Protocols_Differ(string answer, VqaProtocol protocol, string expected) => Assert.Equal(expected, VqaNormalization.Apply(answer, protocol));

    [Fact]
    public void Of_EveryoneAgreesWordForWord_IsComparedAsItStands()
    {
        string[] people = [.. Enumerable.Repeat("The dog.", 10)];

        Assert.Equal(0, VqaAccuracy.Of("dog", people));
        Assert.Equal(1, VqaAccuracy.Of("dog", people, VqaProtocol.Clean));
        Assert.Equal(1, VqaAccuracy.Of("dog", people, VqaProtocol.EvalAi));
    }

    [Fact]
    public void Of_AnyAnswers_LiesBetweenZeroAndOne() => Prop.ForAll(
        Gen.Elements("yes", "no", "2", "two", "a dog", "", "Dog.").ToArbitrary(), Gen.Elements("yes", "no", "2", "two", "a dog", "", "Dog.").NonEmptyListOf().ToArbitrary(), (answer, people) =>
        {
            foreach (var protocol in Enum.GetValues<VqaProtocol>())
            {
                Assert.InRange(VqaAccuracy.Of(answer, [.. people], protocol), 0, 1);
                Assert.Equal(VqaAccuracy.Of(answer, [.. people], protocol), VqaAccuracy.Of(answer, [.. people.AsEnumerable().Reverse()], protocol), 1e-12);
            }
        }).Check(Properties.Hold);

    [Fact]
    public void Score_WhatDoesNotFit_IsRefused()
    {
        VqaQuestion one = new("1", ["yes"]);

        Assert.Contains("question 1: the model did not answer", Assert.Throws<DataException>(() => VqaAccuracy.Score([one], new Dictionary<string, string>())).Message, StringComparison.Ordinal);
        Assert.Contains("answer 2: there is no question", Assert.Throws<DataException>(() => VqaAccuracy.Score([one], new Dictionary<string, string> { ["1"] = "yes", ["2"] = "no" })).Message, StringComparison.Ordinal);
        Assert.Contains("stands twice", Assert.Throws<DataException>(() => VqaAccuracy.Score([one, one], new Dictionary<string, string> { ["1"] = "yes" })).Message, StringComparison.Ordinal);
        Assert.Contains("nobody answered", Assert.Throws<DataException>(() => VqaAccuracy.Of("yes", [])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("105", "100", true)]
    [InlineData("106", "100", false)]
    [InlineData("-95", "-100", true)]
    [InlineData("12%", "0.12", true)]
    [InlineData("0", "0", true)]
    [InlineData("0.01", "0", false)]
    [InlineData("NaN", "5", false)]
    [InlineData("NaN", "nan", true)] // no numbers, but the same text
    [InlineData("Red ", "red", true)]
    public void Relaxed_Numbers_MayBeATwentiethOff(string answer, string right, bool expected) => Assert.Equal(expected, ShortAnswers.Relaxed(answer, right));

    [Theory]
    [InlineData("The red car!", "a red bus", 0.5)]
    [InlineData("red red", "red", 2.0 / 3)]
    [InlineData("the", "an", 1.0)]
    [InlineData("", "red", 0.0)]
    public void TokenF1_SharedWords_Count(string answer, string right, double expected) => Assert.Equal(expected, ShortAnswers.TokenF1(answer, [right, "zebra"]), 1e-12);

    [Theory]
    [InlineData("Hello", "hello", 1.0)]
    [InlineData("hell", "hello", 0.8)]
    [InlineData("xyz", "hello", 0.0)]
    [InlineData("ab", "ac", 0.5)]
    [InlineData("", "", 1.0)]
    public void Anls_FarTexts_AreWorthNothing(string answer, string right, double expected) => Assert.Equal(expected, ShortAnswers.Anls(answer, [right]), 1e-12);

    [Fact]
    public void ExactMatch_CaseAndBlanks_DoNotCount()
    {
        Assert.True(ShortAnswers.ExactMatch(" Paris", ["London", "paris "]));
        Assert.False(ShortAnswers.ExactMatch("Paris.", ["paris"]));
    }

    private static JsonElement Read(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(GoldenFiles.Require($"vqa-accuracy/{name}")));
        return document.RootElement.Clone();
    }
}
