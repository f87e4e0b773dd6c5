using Collimate.Torch.Interop;

namespace Collimate.Torch;

/// <summary>Gradients on request, without touching the leaves' <see cref="Tensor.Grad"/>. PyTorch: <c>torch.autograd.grad</c>.</summary>
public static unsafe class Gradients
{
    /// <summary>The gradients of outputs with respect to inputs.</summary>
    /// <param name="outputs">What is differentiated.</param>
    /// <param name="inputs">With respect to what.</param>
    /// <param name="outputGradients">The gradient of each output; none for single values.</param>
    /// <param name="createGraph">Whether the gradients themselves can be differentiated.</param>
    /// <param name="keepGraph">Whether the recording is kept; by default as <paramref name="createGraph"/>.</param>
    /// <param name="allowUnused">Whether an input that played no part gets null instead of an error.</param>
    public static Tensor?[] Of(
        Tensor[] outputs, Tensor[] inputs, Tensor[]? outputGradients = null, bool createGraph = false, bool? keepGraph = null, bool allowUnused = false)
    {
        nint[] outs = [.. outputs.Select(t => t.Handle)];
        nint[] ins = [.. inputs.Select(t => t.Handle)];
        nint[] seeds = outputGradients is null ? new nint[outs.Length] : [.. outputGradients.Select(t => t.Handle)];
        var results = new nint[ins.Length];
        int status;
        fixed (nint* o = outs)
        fixed (nint* s = seeds)
        fixed (nint* i = ins)
        fixed (nint* r = results)
        {
            var keep = keepGraph switch { null => -1, true => 1, false => 0 };
            status = NativeMethods.ct_gradients(o, s, outs.Length, i, ins.Length, keep, createGraph ? 1 : 0, allowUnused ? 1 : 0, r);
        }

        GC.KeepAlive(outputs);
        GC.KeepAlive(inputs);
        GC.KeepAlive(outputGradients);
        NativeStatus.Check(status, "computing gradients");
        return [.. results.Select(h => h == 0 ? null : new Tensor(h))];
    }
}
