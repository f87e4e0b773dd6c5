using Collimate.Torch.Interop;

namespace Collimate.Torch;

/// <summary>Releases, when it ends, every tensor that was made on this thread since it opened.</summary>
/// <example><code>
/// using var scope = new TensorScope();
/// var loss = model.Forward(batch);   // and everything made inside
/// loss.Backward();
/// </code></example>
/// <remarks>Scopes nest and must end in the reverse order of their opening, on the thread that opened them.</remarks>
public sealed unsafe class TensorScope : IDisposable
{
    private const int ReleaseBatch = 256;

    [ThreadStatic]
    private static TensorScope? current;

    [ThreadStatic]
    private static Stack<List<Tensor?>>? spares;

    private readonly List<Tensor?> tensors;
    private bool ended;

    /// <summary>Opens a scope on this thread.</summary>
    public TensorScope()
    {
        Outer = current;
        current = this;
        tensors = (spares ??= new()).TryPop(out var spare) ? spare : new List<Tensor?>(64);
    }

    internal static TensorScope? Current => current;

    internal TensorScope? Outer { get; }

    /// <summary>Hands a tensor to the scope around this one, or to its holder where there is none.</summary>
    /// <returns>The tensor.</returns>
    public Tensor Escape(Tensor tensor) => tensor.MoveToOuterScope();

    /// <summary>Ends the scope and releases its tensors.</summary>
    /// <exception cref="InvalidOperationException">The scope is not this thread's innermost.</exception>
    public void Dispose()
    {
        if (ended)
        {
            return;
        }

        if (current != this)
        {
            throw new InvalidOperationException("A TensorScope must end on the thread that opened it, before any scope around it.");
        }

        ended = true;
        current = Outer;
        nint* batch = stackalloc nint[ReleaseBatch];
        var count = 0;
        foreach (var tensor in tensors)
        {
            if (tensor is null || tensor.TakeHandle() is not (not 0 and var handle))
            {
                continue;
            }

            batch[count++] = handle;
            if (count == ReleaseBatch)
            {
                NativeMethods.ct_tensor_release_many(batch, count);
                count = 0;
            }
        }

        NativeMethods.ct_tensor_release_many(batch, count);
        tensors.Clear();
        spares!.Push(tensors);
    }

    internal void Add(Tensor tensor)
    {
        tensor.EnterScope(this, tensors.Count);
        tensors.Add(tensor);
    }

    internal void Remove(Tensor tensor, int slot)
    {
        if (!ended && ReferenceEquals(tensors[slot], tensor))
        {
            tensors[slot] = null;
        }
    }
}
