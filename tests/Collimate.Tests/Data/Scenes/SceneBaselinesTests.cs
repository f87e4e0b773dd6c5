using Collimate.Data.Scenes;

namespace Collimate.Tests.Data.Scenes;

public sealed class SceneBaselinesTests
{
    // What guessing yields at best: one over the answers that the words leave open, except where a balance is impossible (colours: few things are blue).
    private static readonly Dictionary<QuestionKind, double> Bounds = new()
    {
        [QuestionKind.Existence] = 0.53,
        [QuestionKind.Count] = 0.29,
        [QuestionKind.CountCategory] = 0.29,
        [QuestionKind.CountAll] = 0.20,
        [QuestionKind.WhatIsAt] = 0.03,
        [QuestionKind.WhereIs] = 0.14,
        [QuestionKind.Relation] = 0.55,
        [QuestionKind.Colour] = 0.22,
        [QuestionKind.Category] = 0.11,
        [QuestionKind.Comparison] = 0.54,
        [QuestionKind.Reading] = 0.04,
        [QuestionKind.Sum] = 0.08,
        [QuestionKind.NextTo] = 0.08,
        [QuestionKind.TwoStep] = 0.05,
    };

    [Theory]
    [InlineData(SceneSplit.Validation)]
    [InlineData(SceneSplit.TestCompositions)]
    public void Measure_BlindGuess_GainsNothing(SceneSplit test)
    {
        var rows = SceneBaselines.Measure(GymWorld.World, SceneSplit.Train, test, learnScenes: 20_000, testScenes: 6_000);

        Assert.Equal(Bounds.Keys.Order(), rows.Select(row => row.Kind));
        Assert.Equal(1, rows.Sum(row => row.Share), 1e-9);
        Assert.All(rows, row => Assert.True(row.Majority <= Bounds[row.Kind] && row.Blind <= Bounds[row.Kind], row.ToString()));
    }
}
