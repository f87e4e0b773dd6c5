using Collimate.Torch;
using Collimate.Torch.Fused;
using Collimate.Torch.Layers;

namespace Collimate.Models.Language;

/// <summary>
/// The state between two blocks of a decoder: a sum, and what the last block adds to it. The two are added by the norm that the next block
/// begins with, which reads both anyway, and so costs no pass over memory of its own.
/// </summary>
/// <param name="Sum"><c>[batch, positions, hidden]</c></param>
/// <param name="Addend">Of the same shape; null where nothing is to be added.</param>
internal readonly record struct ResidualStream(Tensor Sum, Tensor? Addend = null)
{
    /// <summary>The state as one tensor.</summary>
    public Tensor Whole => Addend is null ? Sum : Sum + Addend;

    /// <summary>The norm of the state, and the state.</summary>
    public (Tensor Normed, Tensor Sum) Normed(RmsNorm norm) =>
        Addend is null ? (norm.Forward(Sum), Sum) : FusedOperators.AddRmsNorm(Sum, Addend, norm.Weight, norm.Epsilon);
}
