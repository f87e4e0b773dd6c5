namespace Collimate.Torch;

/// <summary>The memory of a parameter or buffer, and the parts of it that a module shows under the names that checkpoints use.</summary>
internal sealed class MemoryOwner
{
    private readonly List<Tensor> tensors = [];
    private readonly List<(nint At, long Bytes, string Name, bool IsPlain)> parts = [];
    private readonly nint start;
    private readonly long bytes;

    private MemoryOwner(Tensor first) => (start, bytes) = (first.DataPointer, Size(first));

    /// <summary>The parameters and buffers that lie here: one, or several that share it.</summary>
    public IReadOnlyList<Tensor> Tensors => tensors;

    /// <summary>The names of the parts.</summary>
    public IEnumerable<string> Names => parts.Select(part => part.Name);

    /// <summary>Whether a checkpoint has anything to say about this memory.</summary>
    public bool IsSeen => parts.Count > 0;

    /// <summary>Whether the parts, one behind the other, are all of this memory.</summary>
    public bool IsTiled
    {
        get
        {
            var reached = start;
            foreach (var (at, length, _, plain) in parts.OrderBy(part => part.At))
            {
                if (at != reached || !plain)
                {
                    return false;
                }

                reached += (nint)length;
            }

            return IsSeen && reached == start + (nint)bytes && tensors.TrueForAll(tensor => Size(tensor) == bytes && tensor.IsContiguous);
        }
    }

    /// <summary>The owners of all these tensors' memory, by address; those without memory of their own (no elements, another device) have none.</summary>
    public static List<MemoryOwner> Of(IEnumerable<Tensor> all)
    {
        var owners = new SortedDictionary<nint, MemoryOwner>();
        foreach (var tensor in all.Where(tensor => tensor.ElementCount > 0))
        {
            if (!owners.TryGetValue(tensor.DataPointer, out var owner))
            {
                owners[tensor.DataPointer] = owner = new MemoryOwner(tensor);
            }

            owner.tensors.Add(tensor);
        }

        return [.. owners.Values];
    }

    /// <summary>The one whose memory a view lies in.</summary>
    public static MemoryOwner? Find(List<MemoryOwner> owners, Tensor view)
    {
        if (view.ElementCount == 0)
        {
            return null;
        }

        var (low, high, address) = (0, owners.Count, view.DataPointer);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = owners[middle].start <= address ? (middle + 1, high) : (low, middle);
        }

        return low > 0 && address < owners[low - 1].start + (nint)owners[low - 1].bytes ? owners[low - 1] : null;
    }

    /// <summary>Counts a view among the parts.</summary>
    public void Add(string name, Tensor view) => parts.Add((view.DataPointer, Size(view), name, view.IsContiguous));

    /// <summary>What takes the place of this memory, from the parts' new values.</summary>
    public Tensor Value(Func<string, Tensor> valueOf)
    {
        Tensor[] values = [.. parts.OrderBy(part => part.At).Select(part => valueOf(part.Name))];
        return values.Length == 1 ? values[0] : Tensor.Joined([.. values.Select(value => value.View(-1))]);
    }

    private static long Size(Tensor tensor) => tensor.ElementCount * tensor.Type.Size();
}
