using Collimate.Models.Permutation;
using Collimate.Torch;

namespace Collimate.Tests.Models.Permutation;

public sealed class HardeningTests
{
    [Fact]
    public void Choose_RowsThatAgree_LoseATokenByArgmaxAndNoneByTheOthers()
    {
        using var scope = new TensorScope();
        // Both first rows want token 0; the second wants it less.
        var permutation = Soft([5, 4, 0, 4, 1, 0, 0, 0, 3]);

        var argmax = Assert.Single(Hardening.Choose(permutation, HardeningMode.Argmax));
        var assignment = Assert.Single(Hardening.Choose(permutation, HardeningMode.Assignment));
        var auction = Assert.Single(Hardening.Choose(permutation, HardeningMode.Auction));

        Assert.Equal([0, 0, 2], argmax);
        Assert.False(Hardening.IsPermutation(argmax));
        Assert.Equal([1, 0, 2], assignment);
        Assert.Equal(assignment, auction);
        Assert.True(Hardening.IsPermutation(assignment));
    }

    [Theory]
    [InlineData(HardeningMode.Assignment)]
    [InlineData(HardeningMode.Auction)]
    public void Choose_RandomScores_IsAlwaysAPermutation(HardeningMode mode)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(4);
        var scores = Tensor.RandomNormal([6, 23, 23], generator);

        var chosen = Hardening.Choose(new GumbelSinkhorn().Of(scores, 0.3, seed: 1), mode);

        Assert.Equal(6, chosen.Length);
        Assert.All(chosen, choice => Assert.True(Hardening.IsPermutation(choice)));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Choose_ScoreThatIsNoNumber_IsRefused(float bad)
    {
        using var scope = new TensorScope();
        float[] scores = [1, 2, 3, bad];
        var logits = Tensor.From(scores, [1, 2, 2]);

        Assert.All(Enum.GetValues<HardeningMode>(), mode =>
            Assert.Contains("not finite", Assert.Throws<ScoresException>(() => Hardening.Choose(new SoftPermutation(logits, logits), mode)).Message, StringComparison.Ordinal));
    }

    [Fact]
    public void StraightThrough_Gradient_IsThatOfTheSoftMatrix()
    {
        using var scope = new TensorScope();
        var soft = Tensor.From<float>([0.6f, 0.4f, 0.7f, 0.3f], [1, 2, 2]);
        soft.RequiresGrad = true;

        var hard = Hardening.StraightThrough(soft, [[1, 0]]);
        Assert.Equal([0f, 1, 1, 0], hard.ToArray<float>());
        (hard * Tensor.From<float>([1, 2, 3, 4], [1, 2, 2])).Sum().Backward();

        Assert.Equal([1f, 2, 3, 4], soft.Grad!.ToArray<float>());
    }

    [Fact]
    public void Of_Noise_FollowsFromItsSeedAndIsAbsentWithoutOne()
    {
        using var scope = new TensorScope();
        var scores = Tensor.Zeros([1, 4, 4]);
        var sampler = new GumbelSinkhorn();

        Assert.Equal(sampler.Of(scores, 1, 3).Logits.ToArray<float>(), sampler.Of(scores, 1, 3).Logits.ToArray<float>());
        Assert.NotEqual(sampler.Of(scores, 1, 3).Logits.ToArray<float>(), sampler.Of(scores, 1, 4).Logits.ToArray<float>());
        Assert.All(sampler.Of(scores, 1, null).Matrix.ToArray<float>(), element => Assert.Equal(0.25f, element, 1e-6f));
        Assert.All((sampler with { Noise = 0 }).Of(scores, 1, 3).Logits.ToArray<float>(), logit => Assert.Equal(0, logit));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(3UL)]
    public void Of_InAScope_LeavesNoTensorBehind(ulong? seed)
    {
        var before = SettledTensors.Count();
        using (new TensorScope())
        {
            new GumbelSinkhorn().Of(Tensor.Zeros([1, 4, 4]), 1, seed);
        }

        Assert.Equal(before, LiveTensors.Count);
    }

    [Fact]
    public void Draw_ManyNumbers_AreOfTheGumbelDistribution()
    {
        using var scope = new TensorScope();
        var noise = GumbelNoise.Draw([200_000], 5).ToArray<float>();

        // Mean: Euler's constant; variance: π²/6; P(G > 1.5) = 1 − exp(−exp(−1.5)).
        Assert.Equal(0.5772, noise.Average(), 0.01);
        Assert.Equal(Math.PI * Math.PI / 6, noise.Average(g => Math.Pow(g - 0.5772, 2)), 0.03);
        Assert.Equal(0.2000, noise.Count(g => g > 1.5) / 200_000.0, 0.005);
    }

    [Fact]
    public void Measures_OfAUniformMatrix_AreExact()
    {
        using var scope = new TensorScope();
        var uniform = Tensor.Full([2, 4, 4], 0.25);
        var permutation = new SoftPermutation(uniform, uniform);

        Assert.Equal(0, permutation.DoublyStochasticError(), 1e-6);
        Assert.Equal(Math.Log(4), permutation.Entropy(), 1e-6);
        Assert.Equal(0.5, (permutation with { Matrix = uniform * 1.5 }).DoublyStochasticError(), 1e-6);
    }

    [Fact]
    public void CrossEntropy_KnownMatrix_IsTheMeanOfTheLogarithms()
    {
        using var scope = new TensorScope();
        var matrix = Tensor.From<float>([0.5f, 0.5f, 0.25f, 0.75f], [1, 2, 2]);
        var targets = Tensor.From<long>([1, 0], [1, 2]);

        Assert.Equal(-(Math.Log(0.5) + Math.Log(0.25)) / 2, PermutationLoss.CrossEntropy(matrix, targets).Item(), 1e-6);
        var entropy = -((2 * 0.5 * Math.Log(0.5)) + (0.25 * Math.Log(0.25)) + (0.75 * Math.Log(0.75))) / 2;
        var square = (0.25 + 0.25 + 0.5625 + 0.5625) / 4;
        Assert.Equal(square - ((Math.Log(0.5) + Math.Log(0.25)) / 2) + (0.01 * entropy), PermutationLoss.Published(matrix, targets).Item(), 1e-5);
    }

    private static SoftPermutation Soft(float[] scores)
    {
        var logits = Tensor.From(scores, [1, 3, 3]);
        return new SoftPermutation(logits, logits.Softmax(-1));
    }
}
