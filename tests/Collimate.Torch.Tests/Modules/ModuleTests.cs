using Collimate.Torch.Layers;
using Collimate.Torch.Serialization;

namespace Collimate.Torch.Tests.Modules;

public class ModuleTests
{
    private static readonly string[] Parameters = ["model.first.weight", "model.first.bias", "second.weight"];

    [Fact]
    public void NamedParameters_OfNestedParts_JoinNamesByDotsInOrder()
    {
        using var net = new SmallNet();
        Assert.Equal(Parameters, net.NamedParameters().Select(p => p.Name));
        Assert.Equal(["net.offset"], net.NamedBuffers("net.").Select(p => p.Name));
        Assert.Equal((3 * 4) + 4 + (4 * 2), net.ParameterCount);
        Assert.All(net.Parameters(), p => Assert.True(p.RequiresGrad && p.IsLeaf));
        Assert.All(net.NamedBuffers(), b => Assert.False(b.Value.RequiresGrad));
    }

    [Fact]
    public void Parameters_AfterTheScopeTheyWereMadeIn_Live()
    {
        SmallNet net;
        using (new TensorScope())
        {
            net = new SmallNet();
        }

        Assert.All(net.Parameters(), p => Assert.False(p.IsDisposed));
        net.Dispose();
        net.Dispose();
    }

    [Fact]
    public void Dispose_ReleasesEveryTensorOfTheModule()
    {
        var before = LiveTensors.Count;
        var net = new SmallNet();
        Assert.True(LiveTensors.Count > before);
        net.Dispose();
        Assert.Equal(before, LiveTensors.Count);
    }

    [Fact]
    public void StateDict_IntoAnotherModule_GivesTheSameOutputs()
    {
        using var scope = new TensorScope();
        using var source = new SmallNet(1);
        using var target = new SmallNet(2);
        var x = Tensor.From([1f, -2f, 3f], [1, 3]);
        Assert.NotEqual(source.Forward(x).ToArray<float>(), target.Forward(x).ToArray<float>());
        target.LoadStateDict(source.StateDict());
        Assert.Equal(source.Forward(x).ToArray<float>(), target.Forward(x).ToArray<float>());
    }

    [Fact]
    public void LoadStateDict_KeepsParametersTrainableAndTheirIdentity()
    {
        using var scope = new TensorScope();
        using var source = new SmallNet(1);
        using var target = new SmallNet(2);
        var held = target.First.Weight;
        target.LoadStateDict(source.StateDict().ToDictionary(e => e.Key, e => e.Value.To(ScalarType.Float64)));
        Assert.Equal(ScalarType.Float32, held.Type);
        Assert.Equal(source.First.Weight.Detach().ToArray<float>(), held.Detach().ToArray<float>());
        target.Forward(Tensor.Ones([1, 3])).Sum().Backward();
        Assert.NotNull(held.Grad);
    }

    [Fact]
    public void LoadStateDict_ThatDoesNotFit_ListsEveryDifferenceAndChangesNothing()
    {
        using var scope = new TensorScope();
        using var net = new SmallNet();
        var before = net.First.Bias!.Detach().ToArray<float>();
        var state = new Dictionary<string, Tensor>(net.StateDict()) { ["model.first.bias"] = Tensor.Ones([4]), ["extra"] = Tensor.Zeros([1]), ["offset"] = Tensor.Zeros([5]) };
        state.Remove("second.weight");
        var failure = Assert.Throws<CheckpointException>(() => net.LoadStateDict(state, origin: "weights.safetensors"));
        Assert.StartsWith("weights.safetensors does not fit", failure.Message);
        Assert.Matches("missing +second.weight Float32\\[2, 4\\]", failure.Message);
        Assert.Matches("shape +offset: found Float32\\[5\\], expected \\[2\\]", failure.Message);
        Assert.Matches("unexpected +extra Float32\\[1\\]", failure.Message);
        Assert.Equal(before, net.First.Bias!.Detach().ToArray<float>());
    }

    [Fact]
    public void LoadStateDict_NotStrict_TakesWhatThereIs()
    {
        using var scope = new TensorScope();
        using var net = new SmallNet();
        net.LoadStateDict(new Dictionary<string, Tensor> { ["offset"] = Tensor.Full([2], 9), ["extra"] = Tensor.Zeros([1]) }, strict: false);
        Assert.Equal([9f, 9f], net.NamedBuffers().Single().Value.ToArray<float>());
    }

    [Fact]
    public void SetTraining_ReachesEveryPart()
    {
        using var net = new SmallNet();
        Assert.False(net.First.IsTraining);
        net.SetTraining(true);
        Assert.True(net.IsTraining && net.First.IsTraining);
        net.SetTraining(false);
        Assert.False(net.First.IsTraining);
    }

    [Fact]
    public void SetRequiresGrad_Off_StopsGradients()
    {
        using var scope = new TensorScope();
        using var net = new SmallNet();
        net.SetRequiresGrad(false);
        Assert.False(net.Forward(Tensor.Ones([1, 3])).RequiresGrad);
        net.SetRequiresGrad(true);
        Assert.True(net.Forward(Tensor.Ones([1, 3])).RequiresGrad);
    }

    [Fact]
    public void To_AnotherType_ConvertsInPlaceAndStaysTrainable()
    {
        using var scope = new TensorScope();
        using var net = new SmallNet();
        var held = net.First.Weight;
        net.Forward(Tensor.Ones([1, 3])).Sum().Backward();
        net.To(ScalarType.Float64);
        Assert.Equal(ScalarType.Float64, held.Type);
        Assert.True(held.RequiresGrad && held.IsLeaf);
        Assert.Null(held.Grad);
        net.Forward(Tensor.Ones([1, 3], ScalarType.Float64)).Sum().Backward();
        Assert.Equal(ScalarType.Float64, held.Grad!.Type);
    }

    [Fact]
    public void AddParameter_OfANameInUse_IsRefused()
    {
        using var scope = new TensorScope();
        Assert.Contains("'weight'", Assert.Throws<ArgumentException>(() => new Twice()).Message, StringComparison.Ordinal);
    }

    private sealed class Twice : Module
    {
        internal Twice()
        {
            AddBuffer("weight", Tensor.Zeros([1]));
            AddParameter("weight", Tensor.Zeros([1]));
        }
    }
}
