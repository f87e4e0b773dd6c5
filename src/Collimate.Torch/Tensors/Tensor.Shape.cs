namespace Collimate.Torch;

/// <content>Shapes, parts and joins.</content>
public sealed partial class Tensor
{
    /// <summary>The same elements in another shape, copied only where they must be; one size may be -1. PyTorch: <c>torch.reshape</c>.</summary>
    public Tensor Reshape(params ReadOnlySpan<long> shape) => Aten.Reshape.Call(this, shape);

    /// <summary>The same memory in another shape. PyTorch: <c>Tensor.view</c>.</summary>
    public Tensor View(params ReadOnlySpan<long> shape) => Aten.View.Call(this, shape);

    /// <summary>The dimensions in another order. PyTorch: <c>torch.permute</c>.</summary>
    public Tensor Permute(params ReadOnlySpan<long> dimensions) => Aten.Permute.Call(this, dimensions);

    /// <summary>Two dimensions exchanged. PyTorch: <c>torch.transpose</c>.</summary>
    public Tensor Transpose(int first, int second) => Aten.Transpose.Call(this, first, second);

    /// <summary>A dimension of size one put in. PyTorch: <c>torch.unsqueeze</c>.</summary>
    public Tensor Unsqueeze(int dimension) => Aten.Unsqueeze.Call(this, dimension);

    /// <summary>A dimension of size one taken out. PyTorch: <c>torch.squeeze</c>.</summary>
    public Tensor Squeeze(int dimension) => Aten.Squeeze.Call(this, dimension);

    /// <summary>Neighbouring dimensions joined to one. PyTorch: <c>torch.flatten</c>.</summary>
    public Tensor Flatten(int start = 0, int end = -1) => Aten.Flatten.Call(this, start, end);

    /// <summary>Dimensions of size one repeated without a copy; -1 keeps a size. PyTorch: <c>Tensor.expand</c>.</summary>
    public Tensor Expand(params ReadOnlySpan<long> shape) => Aten.Expand.Call(this, shape);

    /// <summary>A part of a dimension, from start up to but not including end. PyTorch: <c>tensor[start:end:step]</c>.</summary>
    public Tensor Slice(int dimension, long start, long end = long.MaxValue, long step = 1) => Aten.Slice.Call(this, dimension, start, end, step);

    /// <summary>A part of a dimension by its length. PyTorch: <c>torch.narrow</c>.</summary>
    public Tensor Narrow(int dimension, long start, long length) => Aten.Narrow.Call(this, dimension, start, length);

    /// <summary>One entry of a dimension, which disappears. PyTorch: <c>torch.select</c>.</summary>
    public Tensor Select(int dimension, long index) => Aten.Select.Call(this, dimension, index);

    /// <summary>Entries of a dimension chosen by a vector of indices. PyTorch: <c>torch.index_select</c>.</summary>
    public Tensor IndexSelect(int dimension, Tensor indices) => Aten.IndexSelect.Call(this, dimension, indices);

    /// <summary>Elements chosen along a dimension by indices of the result's shape. PyTorch: <c>torch.gather</c>.</summary>
    public Tensor Gather(int dimension, Tensor indices) => Aten.Gather.Call(this, dimension, indices);

    /// <summary>A copy with elements written along a dimension where the indices say. PyTorch: <c>torch.scatter</c>.</summary>
    public Tensor Scatter(int dimension, Tensor indices, Tensor source) => Aten.Scatter.Call(this, dimension, indices, source);

    /// <summary>A copy with elements added along a dimension where the indices say. PyTorch: <c>torch.scatter_add</c>.</summary>
    public Tensor ScatterAdd(int dimension, Tensor indices, Tensor source) => Aten.ScatterAdd.Call(this, dimension, indices, source);

    /// <summary>A copy with whole entries added where the indices say. PyTorch: <c>torch.index_add</c>.</summary>
    public Tensor IndexAdd(int dimension, Tensor indices, Tensor source) => Aten.IndexAdd.Call(this, dimension, indices, source);

    /// <summary>A copy with whole entries replaced where the indices say. PyTorch: <c>torch.index_copy</c>.</summary>
    public Tensor IndexCopy(int dimension, Tensor indices, Tensor source) => Aten.IndexCopy.Call(this, dimension, indices, source);

    /// <summary>The elements where the mask holds, as a vector. PyTorch: <c>torch.masked_select</c>.</summary>
    public Tensor MaskedSelect(Tensor mask) => Aten.MaskedSelect.CallFast(this, mask);

    /// <summary>Advanced indexing: an index tensor, or null for "all", per dimension. PyTorch: <c>tensor[a, b]</c>.</summary>
    public Tensor Index(params Tensor?[] indices) => Aten.Index.Call(this, Argument.Optional(indices));

    /// <summary>Pieces of a given length along a dimension; the last may be shorter. PyTorch: <c>torch.split</c>.</summary>
    public Tensor[] Split(long size, int dimension = 0) => Aten.Split.CallMany(this, size, dimension);

    /// <summary>Pieces of given lengths along a dimension. PyTorch: <c>torch.split</c>.</summary>
    public Tensor[] Split(ReadOnlySpan<long> sizes, int dimension) => Aten.SplitWithSizes.CallMany(this, sizes, dimension);

    /// <summary>About equal pieces along a dimension. PyTorch: <c>torch.chunk</c>.</summary>
    public Tensor[] Chunk(long count, int dimension = 0) => Aten.Chunk.CallMany(this, count, dimension);

    /// <summary>All entries of a dimension, which disappears. PyTorch: <c>torch.unbind</c>.</summary>
    public Tensor[] Unbind(int dimension = 0) => Aten.Unbind.CallMany(this, dimension);

    /// <summary>The tensor repeated along each dimension. PyTorch: <c>Tensor.repeat</c>.</summary>
    public Tensor Repeat(params ReadOnlySpan<long> repeats) => Aten.Repeat.Call(this, repeats);

    /// <summary>Each entry of a dimension repeated in place. PyTorch: <c>torch.repeat_interleave</c>.</summary>
    public Tensor RepeatInterleave(long repeats, int dimension) => Aten.RepeatInterleave.Call(this, repeats, dimension);

    /// <summary>A dimension in reverse. PyTorch: <c>torch.flip</c>.</summary>
    public Tensor Flip(int dimension) => Aten.Flip.Call(this, new long[] { dimension });

    /// <summary>A dimension shifted, what falls off coming back at the other end. PyTorch: <c>torch.roll</c>.</summary>
    public Tensor Roll(long shift, int dimension) => Aten.Roll.Call(this, new[] { shift }, new long[] { dimension });

    /// <summary>Tensors joined along a dimension they have. PyTorch: <c>torch.cat</c>.</summary>
    public static Tensor Cat(IEnumerable<Tensor> tensors, int dimension = 0) => Aten.Cat.Call(tensors.ToArray(), dimension);

    /// <summary>Tensors joined along their first dimension; without a copy where they lie in memory one behind the other already.</summary>
    /// <param name="parts">Contiguous tensors of one type that agree in all but the first dimension; not to be changed by anybody else afterwards.</param>
    public static Tensor Joined(IReadOnlyList<Tensor> parts)
    {
        for (var k = 1; k < parts.Count; k++)
        {
            var (before, part) = (parts[k - 1], parts[k]);
            if (part.Device.Type != DeviceType.Cpu || part.Type != before.Type || !part.IsContiguous || !before.IsContiguous
                || part.DataPointer != before.DataPointer + (nint)(before.ElementCount * before.Type.Size()))
            {
                return Cat(parts);
            }
        }

        Tensor[] kept = [.. parts.Select(part => part.Alias().Keep())];
        long[] shape = [parts.Sum(part => part.Size(0)), .. parts[0].Shape[1..]];
        return FromMemory(kept[0].DataPointer, shape, kept[0].Type, () => Array.ForEach(kept, part => part.Dispose()));
    }

    /// <summary>Tensors of one shape joined along a new dimension. PyTorch: <c>torch.stack</c>.</summary>
    public static Tensor Stack(IEnumerable<Tensor> tensors, int dimension = 0) => Aten.Stack.Call(tensors.ToArray(), dimension);

    /// <summary>A matrix with zeros above a diagonal. PyTorch: <c>torch.tril</c>.</summary>
    public Tensor Tril(long diagonal = 0) => Aten.Tril.Call(this, diagonal);

    /// <summary>A matrix with zeros below a diagonal. PyTorch: <c>torch.triu</c>.</summary>
    public Tensor Triu(long diagonal = 0) => Aten.Triu.Call(this, diagonal);
}
