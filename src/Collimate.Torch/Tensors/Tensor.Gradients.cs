using Collimate.Torch.Interop;

namespace Collimate.Torch;

/// <content>Automatic differentiation.</content>
public sealed unsafe partial class Tensor
{
    /// <summary>Whether operations on this tensor are recorded so that a gradient can flow back to it.</summary>
    public bool RequiresGrad
    {
        get
        {
            var yes = NativeMethods.ct_tensor_requires_grad(Handle) != 0;
            GC.KeepAlive(this);
            return yes;
        }
        set
        {
            NativeStatus.Check(NativeMethods.ct_tensor_set_requires_grad(Handle, value ? 1 : 0), "setting RequiresGrad");
            GC.KeepAlive(this);
        }
    }

    /// <summary>Whether the tensor was made by the user rather than by a recorded operation.</summary>
    public bool IsLeaf
    {
        get
        {
            var yes = NativeMethods.ct_tensor_is_leaf(Handle) != 0;
            GC.KeepAlive(this);
            return yes;
        }
    }

    /// <summary>The gradient that <see cref="Backward"/> has summed up here, or null. Each read makes a new reference.</summary>
    public Tensor? Grad
    {
        get
        {
            var gradient = NativeMethods.ct_tensor_grad(Handle);
            GC.KeepAlive(this);
            return gradient == 0 ? null : new Tensor(gradient);
        }
        set
        {
            NativeStatus.Check(NativeMethods.ct_tensor_set_grad(Handle, value?.Handle ?? 0), "setting a gradient");
            GC.KeepAlive(value);
            GC.KeepAlive(this);
        }
    }

    /// <summary>Computes gradients back to every leaf that requires them and adds them up in <see cref="Grad"/>.</summary>
    /// <param name="gradient">The gradient of this tensor itself; none for a single value.</param>
    /// <param name="keepGraph">Whether the recording is kept for another pass.</param>
    public void Backward(Tensor? gradient = null, bool keepGraph = false)
    {
        nint root = Handle;
        nint seed = gradient?.Handle ?? 0;
        var status = NativeMethods.ct_backward(&root, &seed, 1, keepGraph ? 1 : -1, 0);
        GC.KeepAlive(this);
        GC.KeepAlive(gradient);
        NativeStatus.Check(status, "running the backward pass");
    }
}
