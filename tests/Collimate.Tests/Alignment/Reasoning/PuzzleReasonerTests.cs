using Collimate.Alignment.Reasoning;
using Collimate.Models.Permutation;
using Collimate.Torch;

namespace Collimate.Tests.Alignment.Reasoning;

public sealed class PuzzleReasonerTests
{
    private static readonly int[] Puzzles = [0, 1, 2, 3, 4, 5, 0, 3, 1, 0];

    public static TheoryData<string, ReasonerShape> Shapes => new()
    {
        { "smarter", ReasonerCases.Shape },
        { "baseline", ReasonerCases.Shape with { Form = ReasonerForm.Baseline } },
        { "real", ReasonerCases.Shape with { Qf = QfForm.Real } },
        { "parity", ReasonerCases.Shape with { Qf = QfForm.Parity } },
        { "one head", ReasonerCases.Shape with { Head = PictureHead.Shared, Summary = QuestionSummaryKind.Mean } },
        { "q-former", ReasonerCases.Shape with { Head = PictureHead.QFormer, Summary = QuestionSummaryKind.Queries } },
        { "perceiver", ReasonerCases.Shape with { Head = PictureHead.Perceiver } },
        { "110 places", ReasonerCases.Shape with { SummaryPlaces = 110 } },
        { "picture only", ReasonerCases.Shape with { QuestionWidth = null } },
        { "question only", ReasonerCases.Shape with { PictureWidths = [] } },
        { "numbers", ReasonerCases.Shape with { Answers = AnswerForm.Values } },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Forward_OfABatch_EqualsEachRowAlone(string name, ReasonerShape shape)
    {
        using var scope = new TensorScope();
        using var off = GradMode.Disable();
        using var generator = new Generator(7);
        using var reasoner = new PuzzleReasoner(shape, generator);
        var input = ReasonerCases.Input(Puzzles, shape);

        var together = ReasonerCases.ByRow(reasoner.Forward(input), Puzzles);
        for (var row = 0; row < Puzzles.Length; row++)
        {
            var alone = ReasonerCases.ByRow(reasoner.Forward(ReasonerCases.Row(input, row)), [Puzzles[row]])[0];
            Assert.Equal(shape.Answers == AnswerForm.Values && ReasonerCases.Kinds[Puzzles[row]].Steps == 1 ? 1 : ReasonerCases.Kinds[Puzzles[row]].Classes, alone[0].Length);
            Assert.Equal(ReasonerCases.Kinds[Puzzles[row]].Steps, alone.Length);
            Assert.True(alone.Zip(together[row]).All(step => step.First.Zip(step.Second).All(pair => Math.Abs(pair.First - pair.Second) < 1e-4)), $"{name}: row {row} differs");
        }
    }

    [Fact]
    public void Scores_OfMissingClasses_AreNeverChosen()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(7);
        using var reasoner = new PuzzleReasoner(ReasonerCases.Shape, generator);
        int[] puzzles = [.. Enumerable.Range(0, 60).Select(k => k % ReasonerCases.Kinds.Count)];
        foreach (var tail in reasoner.Forward(ReasonerCases.Input(puzzles, ReasonerCases.Shape)))
        {
            foreach (var (row, answer) in tail.Rows.Zip(tail.Answers()))
            {
                Assert.All(answer, value => Assert.InRange(value, 0, ReasonerCases.Kinds[puzzles[row]].Classes - 1));
            }
        }
    }

    [Fact]
    public void QfParity_EqualsThePublishedAttentionOverRepeatedRows_WhateverTheQuestion()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(9);
        const int Rows = 3, Places = 110, Width = 8, Heads = 2;
        var (picture, pooled) = (Tensor.RandomNormal([Rows, 5], generator), Tensor.RandomNormal([Rows, Width], generator));
        Tensor Random(long outputs, long inputs) => Tensor.RandomNormal([outputs, inputs], generator);
        var (query, key, value, crossQuery, crossKey, crossValue, bias) = (Random(Width, Width), Random(Width, Width), Random(Width, Width), Random(Width, Width), Random(Width, 5), Random(Width, 5), Tensor.RandomNormal([Width], generator));

        Tensor Published(Tensor text)
        {
            var q = text.Unsqueeze(1).Expand(Rows, Places, Width);
            var seen = picture.Unsqueeze(1).Expand(Rows, Places, 5);
            var said = MaskedAttention.Mix(q.Linear(query), q.Linear(key), q.Linear(value), Heads, null, null);
            return MaskedAttention.Mix(said.Linear(crossQuery), seen.Linear(crossKey), seen.Linear(crossValue, bias), Heads, null, null).Mean(1);
        }

        var expected = picture.Linear(crossValue, bias).ToArray<float>();
        Assert.Equal(expected, Published(pooled).ToArray<float>(), (a, b) => Math.Abs(a - b) < 1e-4);
        Assert.Equal(expected, Published(pooled * -3).ToArray<float>(), (a, b) => Math.Abs(a - b) < 1e-4);
    }

    [Theory]
    [InlineData(QfForm.Real, true)]
    [InlineData(QfForm.Parity, false)]
    public void Qf_LooksByTheQuestion_OnlyInItsRealForm(QfForm form, bool depends)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(9);
        var shape = ReasonerCases.Shape with { Qf = form };
        using var layer = new QfLayer(shape, generator);
        var input = ReasonerCases.Input([0, 1], shape);
        var other = input with { Question = ReasonerCases.Input([0, 1], shape, seed: 30).Question };
        var picture = Tensor.RandomNormal([2, shape.Width], generator);

        var difference = (layer.Forward(picture, input, null) - layer.Forward(picture, other, null)).Abs().Max().Item();
        Assert.Equal(depends, difference > 1e-6);
    }

    [Fact]
    public void Dropout_FollowsFromThePassesSeed()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(7);
        var shape = ReasonerCases.Shape with { Qf = QfForm.Real };
        using var reasoner = new PuzzleReasoner(shape, generator);
        var input = ReasonerCases.Input(Puzzles, shape);
        float[] Scores(ulong? pass) => reasoner.Forward(input, pass)[0].Scores.ToArray<float>();

        Assert.Equal(Scores(5), Scores(5));
        Assert.NotEqual(Scores(5), Scores(6));
        Assert.NotEqual(Scores(5), Scores(null));
    }

    [Fact]
    public void Shapes_ThatCannotBe_AreRefused()
    {
        Assert.Contains("pictures, questions", Assert.Throws<ArgumentException>(() => new PuzzleReasoner(ReasonerCases.Shape with { PictureWidths = [], QuestionWidth = null })).Message, StringComparison.Ordinal);
        Assert.Contains("needs both", Assert.Throws<ArgumentException>(() => new PuzzleReasoner(ReasonerCases.Shape with { QuestionWidth = null, Qf = QfForm.Real })).Message, StringComparison.Ordinal);
        Assert.Contains("do not divide", Assert.Throws<ArgumentException>(() => new PuzzleReasoner(ReasonerCases.Shape with { Heads = 3, Qf = QfForm.Real })).Message, StringComparison.Ordinal);
        Assert.Contains("no puzzle", Assert.Throws<ArgumentException>(() => new PuzzleReasoner(ReasonerCases.Shape with { Puzzles = [] })).Message, StringComparison.Ordinal);
    }
}
