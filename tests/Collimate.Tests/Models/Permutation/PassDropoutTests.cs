using Collimate.Models.Permutation;
using Collimate.Torch;

namespace Collimate.Tests.Models.Permutation;

public sealed class PassDropoutTests
{
    [Fact]
    public void Apply_ManyNumbers_LeavesOutItsShareAndScalesUpTheRest()
    {
        using var scope = new TensorScope();
        var dropout = new PassDropout(0.3, 5);
        const int Count = 200_003;

        var (first, second) = (dropout.Apply(Tensor.Ones([Count])).ToArray<float>(), dropout.Apply(Tensor.Ones([Count])).ToArray<float>());

        Assert.Equal([0, 1 / 0.7f], first.Distinct().Order());
        Assert.Equal(0.3, first.Count(value => value == 0) / (double)Count, 0.005);
        // Neither neighbours nor calls have to do with each other.
        Assert.Equal(0.09, first.Zip(first.Skip(1)).Count(pair => pair is (0, 0)) / (double)Count, 0.005);
        Assert.Equal(0.09, first.Zip(second).Count(pair => pair is (0, 0)) / (double)Count, 0.005);
    }

    [Fact]
    public void Apply_FewerNumbers_DrawsAsForTheFirstOfMany()
    {
        // The last numbers of a span go another way than whole vectors.
        using var scope = new TensorScope();
        var (many, few) = (new PassDropout(0.5, 9).Apply(Tensor.Ones([64])).ToArray<float>(), new PassDropout(0.5, 9).Apply(Tensor.Ones([7])).ToArray<float>());

        Assert.Equal(many[..7], few);
        Assert.NotEqual(many, new PassDropout(0.5, 10).Apply(Tensor.Ones([64])).ToArray<float>());
    }
}
