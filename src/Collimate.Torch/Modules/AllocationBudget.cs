namespace Collimate.Torch;

/// <summary>
/// A stretch of code that may make only so many tensors, of so many elements together: a model is made within one, so that a damaged
/// configuration cannot ask for more memory than its weights could ever fill. For this thread alone.
/// </summary>
public sealed class AllocationBudget : IDisposable
{
    [ThreadStatic]
    private static AllocationBudget? current;

    private readonly AllocationBudget? outer;
    private readonly long elements;
    private readonly long tensors;
    private long elementsLeft;
    private long tensorsLeft;

    private AllocationBudget(long elements, long tensors)
    {
        outer = current;
        (this.elements, this.tensors) = (elements, tensors);
        (elementsLeft, tensorsLeft) = (elements, tensors);
    }

    /// <summary>Opens such a stretch; it ends when the returned value is disposed.</summary>
    /// <param name="elements">How many elements may be made.</param>
    /// <param name="tensors">How many tensors.</param>
    public static AllocationBudget Begin(long elements, long tensors) => current = new AllocationBudget(elements, tensors);

    /// <inheritdoc/>
    public void Dispose() => current = outer;

    /// <summary>Takes a tensor out of this thread's budget, before its memory is asked for.</summary>
    /// <exception cref="AllocationBudgetException">It is more than is left.</exception>
    internal static void Spend(ReadOnlySpan<long> shape)
    {
        if (current is { } budget)
        {
            budget.Take(shape);
        }
    }

    private void Take(ReadOnlySpan<long> shape)
    {
        var size = 1L;
        foreach (var length in shape)
        {
            // Saturates: a product beyond 64 bits is beyond every budget too.
            size = length <= 0 ? 0 : size > long.MaxValue / length ? long.MaxValue : size * length;
        }

        if (tensorsLeft == 0 || size > elementsLeft)
        {
            throw new AllocationBudgetException(tensorsLeft == 0
                ? $"more than {tensors} tensors"
                : $"a tensor of shape [{string.Join(", ", shape.ToArray())}] that makes it larger than {elements} numbers");
        }

        tensorsLeft--;
        elementsLeft -= size;
    }
}
