namespace Collimate.Torch;

/// <content>Conversions, copies, and changes in place.</content>
public sealed partial class Tensor
{
    /// <summary>The same values in another type; the same tensor again where the type is right already. PyTorch: <c>Tensor.to</c>.</summary>
    public Tensor To(ScalarType type) => Aten.ToType.Call(this, type);

    /// <summary>The same values on another device; the same tensor again where it is there already. PyTorch: <c>Tensor.to</c>.</summary>
    public Tensor To(Device device) => Aten.ToDevice.Call(this, device, Type);

    /// <summary>The same values laid out in row-major order. PyTorch: <c>Tensor.contiguous</c>.</summary>
    public Tensor Contiguous() => Aten.Contiguous.CallFast(this);

    /// <summary>A copy. PyTorch: <c>torch.clone</c>.</summary>
    public Tensor Clone() => Aten.Clone.CallFast(this);

    /// <summary>The same memory without a history. PyTorch: <c>Tensor.detach</c>.</summary>
    public Tensor Detach() => Aten.Detach.CallFast(this);

    /// <summary>Adds in place. PyTorch: <c>Tensor.add_</c>.</summary>
    public Tensor Add_(Tensor other, double scale = 1)
    {
        Aten.AddInPlace.Run(this, other, scale);
        return this;
    }

    /// <summary>Multiplies in place. PyTorch: <c>Tensor.mul_</c>.</summary>
    public Tensor Mul_(double factor)
    {
        Aten.MulScalarInPlace.Run(this, factor);
        return this;
    }

    /// <summary>Multiplies in place, element by element. PyTorch: <c>Tensor.mul_</c>.</summary>
    public Tensor Mul_(Tensor other)
    {
        Aten.MulInPlace.Run(this, other);
        return this;
    }

    /// <summary>Sets every element to zero. PyTorch: <c>Tensor.zero_</c>.</summary>
    public Tensor Zero_()
    {
        Aten.ZeroInPlace.Run(this);
        return this;
    }

    /// <summary>Sets every element to a value. PyTorch: <c>Tensor.fill_</c>.</summary>
    public Tensor Fill_(double value)
    {
        Aten.FillInPlace.Run(this, value);
        return this;
    }

    /// <summary>Takes over the other's values, broadcast and converted. PyTorch: <c>Tensor.copy_</c>.</summary>
    public Tensor CopyFrom_(Tensor source)
    {
        Aten.CopyInPlace.Run(this, source);
        return this;
    }

    /// <summary>Bounds every element. PyTorch: <c>Tensor.clamp_</c>.</summary>
    public Tensor Clamp_(double? minimum = null, double? maximum = null)
    {
        Aten.ClampInPlace.Run(this, OrNone(minimum), OrNone(maximum));
        return this;
    }

    /// <summary>Gives this tensor other data, of any type and device, while every reference to it stays right. PyTorch: <c>tensor.data = …</c>.</summary>
    public void ReplaceData(Tensor data) => Aten.SetData.Run(this, data);

    /// <summary>Makes this tensor share the other's memory, shape included. PyTorch: <c>Tensor.set_</c>.</summary>
    public Tensor ShareMemory_(Tensor source)
    {
        using var _ = GradMode.Disable();
        Aten.SetInPlace.Run(this, source);
        return this;
    }
}
