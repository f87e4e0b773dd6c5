using Collimate.Torch.Serialization;

namespace Collimate.Torch.Tests.Modules;

public sealed class ModuleTests : IDisposable
{
    private readonly TensorScope scope = new();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void NamedParameters_OfNestedModules_AreInOrderOfRegistration()
    {
        using var net = new Net();
        Assert.Equal(["scale", "block.first.weight", "block.first.bias", "block.second.weight", "block.second.bias"], net.NamedParameters().Select(p => p.Name));
        Assert.Equal(["block.offset", "block.counter"], net.NamedBuffers().Select(b => b.Name));
        Assert.Equal("model.scale", net.NamedParameters("model.").First().Name);
        Assert.Equal(1 + (2 * (6 + 2)), net.ParameterCount);
    }

    [Fact]
    public void StateDict_HoldsParametersAndBuffers_InOrdinalOrderOnTheSameMemory()
    {
        using var net = new Net();
        var state = net.StateDict();
        Assert.Equal(["block.counter", "block.first.bias", "block.first.weight", "block.offset", "block.second.bias", "block.second.weight", "scale"], state.Keys);
        state["scale"].Fill_(7);
        Assert.Equal(7, net.Scale.Item());
        Assert.False(state["scale"].RequiresGrad);
    }

    [Fact]
    public void Registration_OfANameTwice_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => new Twice(parameter: true));
        Assert.Throws<ArgumentException>(() => new Twice(parameter: false));
    }

    [Fact]
    public void LoadStateDict_OfAnotherModule_CopiesAndConverts()
    {
        using var source = new Net();
        using var target = new Net();
        source.To(ScalarType.Float64);
        source.Scale.Detach().Fill_(0.5);
        target.LoadStateDict(source.StateDict());
        foreach (var (mine, theirs) in target.NamedState().Zip(source.NamedState()))
        {
            Assert.NotEqual(ScalarType.Float64, mine.Value.Type);
            Assert.Equal(Floats(theirs.Value), Floats(mine.Value));
        }

        source.Scale.Detach().Fill_(3);
        Assert.Equal(0.5, target.Scale.Item());
    }

    [Fact]
    public void LoadStateDict_ThatDiffers_ListsEveryDifferenceAndChangesNothing()
    {
        using var net = new Net();
        var before = net.StateDict().ToDictionary(e => e.Key, e => Floats(e.Value));
        var state = net.StateDict().ToDictionary(e => e.Key, e => e.Value + 1);
        state.Remove("scale");
        state["block.first.weight"] = Tensor.Zeros([3, 2]);
        state["head.weight"] = Tensor.Zeros([5], ScalarType.BFloat16);

        var failure = Assert.Throws<CheckpointException>(() => net.LoadStateDict(state, origin: "weights.safetensors"));

        Assert.Contains("weights.safetensors does not fit", failure.Message, StringComparison.Ordinal);
        Assert.Contains("7 tensors are expected, 7 were found, 3 tensors differ", failure.Message, StringComparison.Ordinal);
        Assert.Contains("missing     scale Float32[1]", failure.Message, StringComparison.Ordinal);
        Assert.Contains("shape       block.first.weight: found Float32[3, 2], expected Float32[2, 3]", failure.Message, StringComparison.Ordinal);
        Assert.Contains("unexpected  head.weight BFloat16[5]", failure.Message, StringComparison.Ordinal);
        Assert.Equal("weights.safetensors", failure.Place);
        Assert.Equal(before, net.StateDict().ToDictionary(e => e.Key, e => Floats(e.Value)));
    }

    [Fact]
    public void LoadStateDict_WithManyDifferences_ShowsTheFirstTwenty()
    {
        using var net = new Net();
        var state = Enumerable.Range(0, 30).ToDictionary(k => $"other.{k}", _ => Tensor.Zeros([1]));
        var failure = Assert.Throws<CheckpointException>(() => net.LoadStateDict(state));
        Assert.Contains("… and 17 more", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LoadStateDict_NotStrict_TakesWhatIsThereButMindsShapes()
    {
        using var net = new Net();
        net.LoadStateDict(new Dictionary<string, Tensor> { ["scale"] = Tensor.Full([1], 9), ["elsewhere"] = Tensor.Zeros([1]) }, strict: false);
        Assert.Equal(9, net.Scale.Item());
        Assert.Throws<CheckpointException>(() => net.LoadStateDict(new Dictionary<string, Tensor> { ["scale"] = Tensor.Zeros([2]) }, strict: false));
        Assert.Equal(9, net.Scale.Item());
    }

    [Fact]
    public void ShareParametersWith_SharesValuesAndKeepsGradientsApart()
    {
        using var first = new Net();
        using var second = new Net();
        second.ShareParametersWith(first);

        first.Scale.Detach().Fill_(4);
        Assert.Equal(4, second.Scale.Item());

        (first.Scale * 2).Sum().Backward();
        Assert.Null(second.Scale.Grad);
        (second.Scale * 5).Sum().Backward();
        Assert.Equal(2, first.Scale.Grad!.Item());
        Assert.Equal(5, second.Scale.Grad!.Item());
    }

    [Fact]
    public void ShareParametersWith_AnotherKindOfModule_IsRefusedAndChangesNothing()
    {
        using var net = new Net();
        using var longer = new Net(withHead: true);
        using var other = new Net();
        other.To(ScalarType.Float64);
        Assert.Throws<ArgumentException>(() => net.ShareParametersWith(longer));
        Assert.Throws<ArgumentException>(() => longer.ShareParametersWith(net));
        Assert.Throws<ArgumentException>(() => net.ShareParametersWith(other));
        other.Scale.Detach().Fill_(8);
        Assert.NotEqual(8, net.Scale.Item());
    }

    [Fact]
    public void To_AnotherType_KeepsReferencesAndGradients()
    {
        using var net = new Net();
        var reference = net.Scale;
        (net.Scale * 2).Sum().Backward();
        net.To(ScalarType.Float64);

        Assert.Same(reference, net.Scale);
        Assert.Equal(ScalarType.Float64, reference.Type);
        Assert.True(reference.IsLeaf && reference.RequiresGrad);
        Assert.Equal(ScalarType.Float64, reference.Grad!.Type);
        (net.Scale * 3).Sum().Backward();
        Assert.Equal(5, reference.Grad!.Item());
        Assert.Equal(ScalarType.Int64, net.Block.Counter.Type); // whole numbers stay what they are
        Assert.Equal(ScalarType.Float64, net.Block.Offset.Type);
    }

    [Fact]
    public void SetTrainingAndRequiresGrad_ReachEveryPart()
    {
        using var net = new Net();
        Assert.False(net.Block.IsTraining);
        net.SetTraining(true);
        Assert.True(net.IsTraining && net.Block.IsTraining && net.Block.First.IsTraining);
        net.SetRequiresGrad(false);
        Assert.DoesNotContain(net.Parameters(), p => p.RequiresGrad);
    }

    [Fact]
    public void Dispose_ReleasesEveryTensor()
    {
        var before = SettledTensors.Count();
        var net = new Net();
        Assert.True(LiveTensors.Count > before);
        net.Dispose();
        using (new TensorScope())
        {
            Assert.Throws<ObjectDisposedException>(() => net.Scale * 2);
        }

        Assert.All(net.NamedParameters(), p => Assert.True(p.Value.IsDisposed));
    }

    private static float[] Floats(Tensor tensor) => tensor.To(ScalarType.Float32).ToArray<float>();

    private sealed class Net : Module
    {
        internal Net(bool withHead = false)
        {
            Scale = AddParameter("scale", Tensor.Ones([1]));
            Block = AddModule("block", new Block());
            if (withHead)
            {
                AddParameter("head", Tensor.Ones([1]));
            }
        }

        internal Tensor Scale { get; }

        internal Block Block { get; }
    }

    private sealed class Block : Module
    {
        internal Block()
        {
            First = AddModule("first", new Layers.Linear(3, 2));
            AddModule("second", new Layers.Linear(3, 2));
            Offset = AddBuffer("offset", Tensor.Zeros([2]));
            Counter = AddBuffer("counter", Tensor.Zeros([1], ScalarType.Int64));
        }

        internal Tensor Offset { get; }

        internal Tensor Counter { get; }

        internal Layers.Linear First { get; }
    }

    private sealed class Twice : Module
    {
        internal Twice(bool parameter)
        {
            AddParameter("a", Tensor.Ones([1]));
            if (parameter)
            {
                AddParameter("a", Tensor.Ones([1]));
            }
            else
            {
                AddModule("a", new Layers.Linear(1, 1));
            }
        }
    }
}
