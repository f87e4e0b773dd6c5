namespace Collimate.Torch.Tests.Tensors;

public class OperatorTests
{
    [Fact]
    public void Call_WithMissingTrailingArguments_TakesTheSchemasDefaults()
    {
        using var scope = new TensorScope();
        var a = Tensor.From([1f, 2f], [2]);
        var sum = Operator.Find("aten::add", "Tensor").Call(a, a);
        Assert.Equal([2f, 4f], sum.ToArray<float>());
    }

    [Fact]
    public void Find_UnknownName_NamesIt()
    {
        var error = Assert.Throws<TorchException>(() => Operator.Find("aten::no_such_operator"));
        Assert.Contains("aten::no_such_operator", error.Message);
        Assert.Null(Operator.TryFind("aten::no_such_operator"));
    }

    [Fact]
    public void Call_ShapesThatDoNotFit_NamesOperatorAndShapes()
    {
        using var scope = new TensorScope();
        var error = Assert.Throws<TorchException>(() => Tensor.Zeros([2, 3]).BatchMatMul(Tensor.Zeros([2, 3, 4])));
        Assert.Contains("aten::bmm", error.Message);
        Assert.Contains("Float32[2, 3]", error.Message);
    }

    [Fact]
    public void Call_MissingRequiredArgument_NamesIt()
    {
        using var scope = new TensorScope();
        var error = Assert.Throws<TorchException>(() => Operator.Find("aten::mm").Call(Tensor.Zeros([2, 2])));
        Assert.Contains("mat2", error.Message);
    }

    [Fact]
    public void Call_EveryKindOfArgument_ArrivesAsGiven()
    {
        using var scope = new TensorScope();
        var x = Tensor.Arange(6).To(ScalarType.Float32).Reshape(2, 3);
        Assert.Equal([5f, 1f], x.Flip(0).Index(Tensor.Arange(2), Tensor.From([2L, 1L])).ToArray<float>()); // optional tensors
        Assert.Equal([3L, 2L], x.Permute(1, 0).Shape); // list of whole numbers
        Assert.Equal([1f, 2f, 2f], x.Select(0, 0).Clamp(1).To(ScalarType.Float32).Maximum(Tensor.From([0f, 2f, 0f])).ToArray<float>()); // fractions from whole numbers
        Assert.Equal(3, x.Split(1, 1).Length); // list of results
        Assert.Equal(0.8413447, Tensor.Scalar(1).Gelu().Item(), 6); // text
        Assert.Equal(ScalarType.Float64, x.To(ScalarType.Float64).Type);
        var manyAtOnce = Enumerable.Range(0, 300).Select(i => Tensor.Scalar(i)).ToArray(); // more than fits the scratch on the stack
        Assert.Equal(299 * 300 / 2, Tensor.Stack(manyAtOnce).Sum().Item());
    }

    [Fact]
    public void ToArray_OfAView_ReadsTheViewsOrder()
    {
        using var scope = new TensorScope();
        Assert.Equal([0f, 3f, 1f, 4f, 2f, 5f], Tensor.From([0f, 1f, 2f, 3f, 4f, 5f], [2, 3]).Transpose(0, 1).ToArray<float>());
    }

    [Fact]
    public void From_ShapeThatDoesNotHoldTheData_IsRefused() =>
        Assert.Throws<ArgumentException>(() => Tensor.From([1f, 2f, 3f], [2, 2]));

    [Fact]
    public void To_TheDeviceItIsOn_CopiesNothing()
    {
        using var scope = new TensorScope();
        var tensor = Tensor.Ones([3]);
        Assert.Equal(tensor.DataPointer, tensor.To(Device.Cpu).DataPointer);
        Assert.Equal(tensor.DataPointer, tensor.To(tensor.Device).DataPointer);
    }
}
