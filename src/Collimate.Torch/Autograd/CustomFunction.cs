using System.Runtime.InteropServices;
using Collimate.Torch.Interop;

namespace Collimate.Torch;

/// <summary>A differentiable function whose forward and backward are both written in C#. PyTorch: <c>torch.autograd.Function</c>.</summary>
/// <remarks>
/// One instance serves one application: it may keep in its fields what is not a tensor, and saves tensors with <see cref="Save"/>.
/// The backward may run on a thread of libtorch's own (it does on GPUs), so it relies on nothing that belongs to a thread.
/// </remarks>
public abstract unsafe class CustomFunction
{
    private Tensor[] saved = [];

    /// <summary>Computes the outputs. Runs with recording off.</summary>
    protected abstract Tensor[] Forward(Tensor[] inputs);

    /// <summary>Computes the gradient of each input, null where there is none.</summary>
    /// <param name="gradients">The gradient of each output, null where none arrived.</param>
    /// <param name="savedTensors">What <see cref="Save"/> was given.</param>
    protected abstract Tensor?[] Backward(Tensor?[] gradients, Tensor[] savedTensors);

    /// <summary>Keeps tensors for the backward pass; a later change in place is noticed and refused there.</summary>
    protected void Save(params Tensor[] tensors) => saved = tensors;

    /// <summary>Runs the forward pass and records the function.</summary>
    public Tensor[] Apply(params Tensor[] inputs)
    {
        var recording = GradMode.IsEnabled && inputs.Any(i => i.RequiresGrad);
        Tensor[] outputs;
        using (GradMode.Disable())
        {
            outputs = Forward(inputs);
        }

        return recording ? Attach(inputs, outputs) : outputs;
    }

    private Tensor[] Attach(Tensor[] inputs, Tensor[] outputs)
    {
        var state = GCHandle.Alloc(this);
        nint[] inputHandles = [.. inputs.Select(t => t.Handle)];
        nint[] outputHandles = [.. outputs.Select(t => t.Handle)];
        nint[] savedHandles = [.. saved.Select(t => t.Handle)];
        byte[] nonDifferentiable = [.. outputs.Select(t => (byte)(t.Type.IsFloatingPoint() ? 0 : 1))];
        int status;
        fixed (nint* i = inputHandles)
        fixed (nint* o = outputHandles)
        fixed (nint* s = savedHandles)
        fixed (byte* n = nonDifferentiable)
        {
            status = NativeMethods.ct_function_attach(
                GCHandle.ToIntPtr(state), &OnBackward, &OnRelease, i, inputs.Length, o, outputs.Length, s, saved.Length, n);
        }

        GC.KeepAlive(inputs);
        GC.KeepAlive(saved);
        saved = [];
        NativeStatus.Check(status, $"recording {GetType().Name}");
        foreach (var output in outputs)
        {
            output.Dispose();
        }

        return [.. outputHandles.Select(h => new Tensor(h))];
    }

    [UnmanagedCallersOnly]
    private static nint OnBackward(nint state, nint* gradients, int gradientCount, nint* savedTensors, int savedCount, nint* inputGradients, int inputCount)
    {
        try
        {
            var function = (CustomFunction)GCHandle.FromIntPtr(state).Target!;
            using var scope = new TensorScope();
            var given = Adopt(gradients, gradientCount);
            var kept = Adopt(savedTensors, savedCount);
            var result = function.Backward(given, kept!);
            for (var k = 0; k < Math.Min(result.Length, inputCount); k++)
            {
                inputGradients[k] = result[k] is { } gradient ? NativeMethods.ct_tensor_retain(gradient.Handle) : 0;
            }

            return 0;
        }
        catch (Exception failure)
        {
            return GCHandle.ToIntPtr(GCHandle.Alloc(failure));
        }
    }

    [UnmanagedCallersOnly]
    private static void OnRelease(nint state) => GCHandle.FromIntPtr(state).Free();

    private static Tensor?[] Adopt(nint* handles, int count)
    {
        var tensors = new Tensor?[count];
        for (var k = 0; k < count; k++)
        {
            tensors[k] = handles[k] == 0 ? null : new Tensor(handles[k]);
        }

        return tensors;
    }
}
