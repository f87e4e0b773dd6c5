namespace Collimate.Torch;

/// <content>Comparisons and choices.</content>
public sealed partial class Tensor
{
    /// <summary>Whether each element equals the other's, as flags. PyTorch: <c>torch.eq</c>.</summary>
    public Tensor Eq(Tensor other) => Aten.Eq.CallFast(this, other);

    /// <summary>Whether each element equals a number, as flags. PyTorch: <c>torch.eq</c>.</summary>
    public Tensor Eq(double other) => Aten.EqScalar.Call(this, other);

    /// <summary>Whether each element differs from the other's, as flags. PyTorch: <c>torch.ne</c>.</summary>
    public Tensor Ne(Tensor other) => Aten.Ne.CallFast(this, other);

    /// <summary>Whether each element differs from a number, as flags. PyTorch: <c>torch.ne</c>.</summary>
    public Tensor Ne(double other) => Aten.NeScalar.Call(this, other);

    /// <summary>Whether each element is below the other's, as flags. PyTorch: <c>torch.lt</c>.</summary>
    public Tensor Lt(Tensor other) => Aten.Lt.CallFast(this, other);

    /// <summary>Whether each element is below a number, as flags. PyTorch: <c>torch.lt</c>.</summary>
    public Tensor Lt(double other) => Aten.LtScalar.Call(this, other);

    /// <summary>Whether each element is at most the other's, as flags. PyTorch: <c>torch.le</c>.</summary>
    public Tensor Le(Tensor other) => Aten.Le.CallFast(this, other);

    /// <summary>Whether each element is at most a number, as flags. PyTorch: <c>torch.le</c>.</summary>
    public Tensor Le(double other) => Aten.LeScalar.Call(this, other);

    /// <summary>Whether each element is above the other's, as flags. PyTorch: <c>torch.gt</c>.</summary>
    public Tensor Gt(Tensor other) => Aten.Gt.CallFast(this, other);

    /// <summary>Whether each element is above a number, as flags. PyTorch: <c>torch.gt</c>.</summary>
    public Tensor Gt(double other) => Aten.GtScalar.Call(this, other);

    /// <summary>Whether each element is at least the other's, as flags. PyTorch: <c>torch.ge</c>.</summary>
    public Tensor Ge(Tensor other) => Aten.Ge.CallFast(this, other);

    /// <summary>Whether each element is at least a number, as flags. PyTorch: <c>torch.ge</c>.</summary>
    public Tensor Ge(double other) => Aten.GeScalar.Call(this, other);

    /// <summary>Whether both flags are set. PyTorch: <c>torch.logical_and</c>.</summary>
    public Tensor LogicalAnd(Tensor other) => Aten.LogicalAnd.CallFast(this, other);

    /// <summary>Whether either flag is set. PyTorch: <c>torch.logical_or</c>.</summary>
    public Tensor LogicalOr(Tensor other) => Aten.LogicalOr.CallFast(this, other);

    /// <summary>Elements of one tensor where the condition holds, of the other elsewhere. PyTorch: <c>torch.where</c>.</summary>
    public static Tensor Where(Tensor condition, Tensor whenTrue, Tensor whenFalse) => Aten.Where.Call(condition, whenTrue, whenFalse);

    /// <summary>A copy with one value where the mask holds. PyTorch: <c>Tensor.masked_fill</c>.</summary>
    public Tensor MaskedFill(Tensor mask, double value) => Aten.MaskedFill.Call(this, mask, value);
}
