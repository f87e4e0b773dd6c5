namespace Collimate.Torch;

/// <content>From many elements to few.</content>
public sealed partial class Tensor
{
    /// <summary>The sum of all elements. PyTorch: <c>torch.sum</c>.</summary>
    public Tensor Sum() => Aten.Sum.CallFast(this);

    /// <summary>The sum along one dimension. PyTorch: <c>torch.sum</c>.</summary>
    public Tensor Sum(int dimension, bool keepDimension = false) => Aten.SumAlong.Call(this, new long[] { dimension }, keepDimension);

    /// <summary>The sum along several dimensions. PyTorch: <c>torch.sum</c>.</summary>
    public Tensor Sum(ReadOnlySpan<long> dimensions, bool keepDimensions = false) => Aten.SumAlong.Call(this, dimensions, keepDimensions);

    /// <summary>The mean of all elements. PyTorch: <c>torch.mean</c>.</summary>
    public Tensor Mean() => Aten.Mean.CallFast(this);

    /// <summary>The mean along one dimension. PyTorch: <c>torch.mean</c>.</summary>
    public Tensor Mean(int dimension, bool keepDimension = false) => Aten.MeanAlong.Call(this, new long[] { dimension }, keepDimension);

    /// <summary>The mean along several dimensions. PyTorch: <c>torch.mean</c>.</summary>
    public Tensor Mean(ReadOnlySpan<long> dimensions, bool keepDimensions = false) => Aten.MeanAlong.Call(this, dimensions, keepDimensions);

    /// <summary>The largest of all elements. PyTorch: <c>torch.max</c>.</summary>
    public Tensor Max() => Aten.Max.CallFast(this);

    /// <summary>The largest elements along a dimension and where they stand. PyTorch: <c>torch.max</c>.</summary>
    public (Tensor Values, Tensor Indices) Max(int dimension, bool keepDimension = false) => Pair(Aten.MaxAlong.CallMany(this, dimension, keepDimension));

    /// <summary>Where the largest element along a dimension stands. PyTorch: <c>torch.argmax</c>.</summary>
    public Tensor ArgMax(int dimension, bool keepDimension = false) => Aten.ArgMax.Call(this, dimension, keepDimension);

    /// <summary>The smallest of all elements. PyTorch: <c>torch.min</c>.</summary>
    public Tensor Min() => Aten.Min.CallFast(this);

    /// <summary>The smallest elements along a dimension and where they stand. PyTorch: <c>torch.min</c>.</summary>
    public (Tensor Values, Tensor Indices) Min(int dimension, bool keepDimension = false) => Pair(Aten.MinAlong.CallMany(this, dimension, keepDimension));

    /// <summary>Where the smallest element along a dimension stands. PyTorch: <c>torch.argmin</c>.</summary>
    public Tensor ArgMin(int dimension, bool keepDimension = false) => Aten.ArgMin.Call(this, dimension, keepDimension);

    /// <summary>The <paramref name="count"/> largest elements along a dimension, in falling order. PyTorch: <c>torch.topk</c>.</summary>
    public (Tensor Values, Tensor Indices) TopK(long count, int dimension = -1) => Pair(Aten.TopK.CallMany(this, count, dimension));

    /// <summary>The elements in order along a dimension, and where they stood. PyTorch: <c>torch.sort(stable=True)</c>.</summary>
    public (Tensor Values, Tensor Indices) Sort(int dimension = -1, bool descending = false) => Pair(Aten.Sort.CallMany(this, true, dimension, descending));

    /// <summary>log(sum(exp(x))) along a dimension, without overflow. PyTorch: <c>torch.logsumexp</c>.</summary>
    public Tensor LogSumExp(int dimension, bool keepDimension = false) => Aten.LogSumExp.Call(this, new long[] { dimension }, keepDimension);

    /// <summary>Running sums along a dimension. PyTorch: <c>torch.cumsum</c>.</summary>
    public Tensor CumSum(int dimension) => Aten.CumSum.Call(this, dimension);

    /// <summary>The Euclidean norm of all elements. PyTorch: <c>torch.linalg.vector_norm</c>.</summary>
    public Tensor Norm() => Aten.VectorNorm.Call(this, 2.0);

    /// <summary>The Euclidean norm along a dimension. PyTorch: <c>torch.linalg.vector_norm</c>.</summary>
    public Tensor Norm(int dimension, bool keepDimension = false) => Aten.VectorNorm.Call(this, 2.0, new long[] { dimension }, keepDimension);

    /// <summary>Whether any element is not zero. PyTorch: <c>torch.any</c>.</summary>
    public Tensor Any() => Aten.Any.CallFast(this);

    /// <summary>Whether no element is zero. PyTorch: <c>torch.all</c>.</summary>
    public Tensor All() => Aten.All.CallFast(this);

    private static (Tensor Values, Tensor Indices) Pair(Tensor[] results) => (results[0], results[1]);
}
