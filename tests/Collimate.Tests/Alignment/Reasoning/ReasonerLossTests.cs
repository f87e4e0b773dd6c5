using Collimate.Alignment.Reasoning;
using Collimate.Torch;

namespace Collimate.Tests.Alignment.Reasoning;

public sealed class ReasonerLossTests
{
    private static readonly int[] Puzzles = [0, 0, 0, 1, 2, 3, 3, 4, 5, 1];

    [Theory]
    [InlineData(AnswerForm.Classes)]
    [InlineData(AnswerForm.Values)]
    public void Loss_EqualsASlowMeanOverPuzzlesOfMeansOverRowsAndSteps(AnswerForm answers)
    {
        using var scope = new TensorScope();
        var (scores, values, _) = Case(answers);
        var byRow = ReasonerCases.ByRow(scores, Puzzles);

        var puzzles = Puzzles.Distinct().Select(puzzle => Enumerable.Range(0, Puzzles.Length).Where(row => Puzzles[row] == puzzle).Average(row =>
            byRow[row].Select((step, at) => step.Length == 1 ? Math.Abs(step[0] - values[row][at]) : Math.Log(step.Sum(Math.Exp)) - step[values[row][at]]).Average()));
        Assert.Equal(puzzles.Average(), ReasonerLoss.Of(scores, values, ReasonerLoss.Weights(Puzzles)).Item(), 1e-5);
    }

    [Fact]
    public void Loss_OfPieces_AddsUpWithTheWholesGradients()
    {
        using var scope = new TensorScope();
        var (scores, values, reasoner) = Case(AnswerForm.Classes);
        using var owned = reasoner;
        var weights = ReasonerLoss.Weights(Puzzles);
        var whole = ReasonerLoss.Of(scores, values, weights);
        whole.Backward();
        var expected = reasoner.Parameters().Select(parameter => parameter.Grad!.ToArray<float>()).ToArray();
        foreach (var parameter in reasoner.Parameters())
        {
            parameter.Grad = null;
        }

        var input = ReasonerCases.Input(Puzzles, reasoner.Shape);
        var sum = 0.0;
        foreach (var rows in new[] { 0..6, 6..10 })
        {
            var (start, length) = rows.GetOffsetAndLength(Puzzles.Length);
            var part = new ReasonerInput(
                Puzzles[rows], [.. input.Pictures.Select(tower => tower.Narrow(0, start, length))],
                new QuestionTokens(input.Question!.Tokens.Narrow(0, start, length), [.. input.Question.Lengths.Skip(start).Take(length)]));
            var loss = ReasonerLoss.Of(reasoner.Forward(part), values[rows], weights[rows]);
            loss.Backward();
            sum += loss.Item();
        }

        Assert.Equal(whole.Item(), sum, 1e-5);
        Assert.All(reasoner.Parameters().Zip(expected), pair => Assert.Equal(pair.Second, pair.First.Grad!.ToArray<float>(), (a, b) => Math.Abs(a - b) < 1e-5));
    }

    private static (IReadOnlyList<TailScores> Scores, int[][] Values, PuzzleReasoner Reasoner) Case(AnswerForm answers)
    {
        using var generator = new Generator(8);
        var shape = ReasonerCases.Shape with { Answers = answers };
        var reasoner = new PuzzleReasoner(shape, generator);
        var random = new Random(1);
        int[][] values = [.. Puzzles.Select(puzzle => Enumerable.Range(0, ReasonerCases.Kinds[puzzle].Steps).Select(_ => random.Next(ReasonerCases.Kinds[puzzle].Classes)).ToArray())];
        return (reasoner.Forward(ReasonerCases.Input(Puzzles, shape)), values, reasoner);
    }
}
