using Collimate.Torch;
using Collimate.Verification;

namespace Collimate.Tests.Verification;

/// <summary>What counts as equal: hand-made tensors, masks, infinities and tolerances.</summary>
public sealed class ComparisonTests : IDisposable
{
    private readonly TensorScope scope = new();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Measure_OneElementOff_FindsItAndItsPlace()
    {
        var recorded = Tensor.From<float>([1, 2, 3, -8, 5, 6], [2, 3]);
        var computed = Tensor.From<float>([1, 2, 3, -8, 5.5f, 6], [2, 3]);

        var found = TensorComparer.Measure(recorded, computed, null, 1);

        Assert.Equal((0.5, "[1, 1]", 8.0), (found.Worst, found.Place, found.Largest));
        Assert.Equal(Math.Sqrt((1 + 4 + 9 + 64 + 25 + 36) / 6.0), found.RootMeanSquare, 12);
    }

    [Fact]
    public void Measure_PaddedPositions_AreNotLookedAt()
    {
        var recorded = Tensor.From<float>([1, 2, 3, 4, 5, 6, 7, 8], [1, 4, 2]);
        var computed = Tensor.From<float>([99, float.NaN, 3, 4, 5, 6, 99, 99], [1, 4, 2]);
        var mask = new TokenMask([0, 1, 1, 0], 1, 4);

        Assert.Equal(0, TensorComparer.Measure(recorded, computed, mask, 1).Worst);
        Assert.NotNull(TensorComparer.Measure(recorded, computed, null, 1).Problem);
        Assert.NotEqual(0, TensorComparer.Measure(recorded, computed, mask with { Valid = [0, 1, 1, 1] }, 1).Worst);
    }

    [Fact]
    public void Measure_PaddedQueriesOfAttention_AreNotLookedAt()
    {
        var recorded = Tensor.Zeros([2, 3, 2, 2]);
        var computed = Tensor.Zeros([2, 3, 2, 2]);
        computed.Narrow(0, 1, 1).Narrow(2, 0, 1).Fill_(7); // row 1, query 0, every head and key
        Assert.Equal(0, TensorComparer.Measure(recorded, computed, new TokenMask([1, 1, 0, 1], 2, 2), 2).Worst);
        Assert.Equal(7, TensorComparer.Measure(recorded, computed, new TokenMask([1, 1, 1, 0], 2, 2), 2).Worst);
    }

    [Theory]
    [InlineData(float.NegativeInfinity, -1e30f, true)]
    [InlineData(-1e30f, float.NegativeInfinity, true)]
    [InlineData(float.PositiveInfinity, float.NegativeInfinity, false)]
    [InlineData(0f, float.NegativeInfinity, false)]
    [InlineData(float.NaN, float.NaN, false)]
    [InlineData(0f, float.NaN, false)]
    public void Measure_WhatIsNoOrdinaryNumber_AgreesOnlyWithItsLike(float recorded, float computed, bool agrees)
    {
        var found = TensorComparer.Measure(Tensor.From<float>([1, recorded], [2]), Tensor.From<float>([1, computed], [2]), null, 1);
        Assert.Equal(agrees, found.Problem is null);
        Assert.True(!agrees || found.Largest == 1); // infinities do not widen the tolerance of the rest
    }

    [Fact]
    public void Measure_OtherShapes_SaysBoth() =>
        Assert.Equal("has shape [3], recorded [1, 3]", TensorComparer.Measure(Tensor.Ones([1, 3]), Tensor.Ones([3]), null, 1).Problem);

    [Fact]
    public void Measure_WholeNumbers_MustBeEqual() =>
        Assert.Equal("is 5 at [1], recorded 4", TensorComparer.Measure(Tensor.From<long>([3, 4]), Tensor.From<long>([3, 5]), null, 1).Problem);

    [Fact]
    public void Tolerance_FollowsTheTensorsOwnMagnitude()
    {
        var rules = new ToleranceRules(null);
        Assert.Equal(2e-5, rules.Output(largest: 4, rootMeanSquare: 1, null), 12);
        Assert.Equal(2e-4, rules.Output(largest: 40, rootMeanSquare: 10, null), 12);
        Assert.Equal(2e-6, rules.Output(largest: 0.1, rootMeanSquare: 0.01, null), 12);
        Assert.Equal(3e-4, rules.Output(largest: 4, rootMeanSquare: 1, spread: 1e-4), 12);
        Assert.Equal(5e-5, rules.Loss(5, null), 12);
        Assert.Equal(1e-4 * 3, rules.Gradient(3, 3), 12);
    }

    [Fact]
    public void Tolerance_OfTheUsersChoice_IsNotWidened()
    {
        var rules = new ToleranceRules(1e-6);
        Assert.Equal(1e-6, rules.Output(largest: 4, rootMeanSquare: 1, spread: 1e-4), 15);
        Assert.Equal(5e-6 * 2, rules.Gradient(2, 2), 15);
    }

    [Theory]
    [InlineData("single", 1, 1.0, 0)]
    [InlineData("batch_left", 1, 1.0, 0)]
    [InlineData("eos_stop", 1, 1.0, 0)]
    [InlineData("beam3", 3, 1.0, 0)]
    [InlineData("repetition_penalty_1.3", 1, 1.3, 0)]
    [InlineData("no_repeat_ngram_2", 1, 1.0, 2)]
    public void Parse_NamesOfGenerations_SayHowTheyWereMade(string name, int beams, double penalty, int ngram)
    {
        var kind = GenerationKind.Parse(name)!;
        Assert.Equal((beams, penalty, ngram), (kind.Options.Beams, kind.Options.RepetitionPenalty, kind.Options.NoRepeatNgramSize));
    }

    [Theory]
    [InlineData("sampled")]
    [InlineData("beam0")]
    [InlineData("beam")]
    [InlineData("repetition_penalty_")]
    public void Parse_OtherNames_AreNotGuessed(string name) => Assert.Null(GenerationKind.Parse(name));

    [Fact]
    public void Problem_OfGeneratedRows_NamesTheFirstDifference()
    {
        Assert.Null(GenerationComparer.Problem([[1, 2], [3]], [[1, 2], [3]]));
        Assert.Equal("row 1 has token 9 at position 0, recorded 3", GenerationComparer.Problem([[1, 2], [3]], [[1, 2], [9]]));
        Assert.Equal("row 0 is 3 tokens long, recorded 2", GenerationComparer.Problem([[1, 2]], [[1, 2, 3]]));
        Assert.Equal("1 rows, recorded 2", GenerationComparer.Problem([[1, 2], [3]], [[1, 2]]));
    }
}
