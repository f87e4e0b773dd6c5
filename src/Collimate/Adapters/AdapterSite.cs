using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Adapters;

/// <summary>A linear map that an adapter may be put on: a <see cref="Linear"/>, or some rows of a matrix that several maps share.</summary>
/// <param name="Path">The map's path as checkpoints name it, without <c>.weight</c>.</param>
/// <param name="Owner">The module that holds the matrix.</param>
/// <param name="Start">Its first row there.</param>
/// <param name="Outputs">Its rows.</param>
/// <param name="Inputs">Its columns.</param>
internal sealed record AdapterSite(string Path, Module Owner, int Start, int Outputs, int Inputs)
{
    /// <summary>The owner as a map.</summary>
    public ILinearMap Map => (ILinearMap)Owner;

    /// <summary>The type that an adapter's own tensors have and its arithmetic on weights is done in.</summary>
    public ScalarType ComputeType => Map.Weight.Type == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;

    /// <summary>The map's own rows, <c>[outputs, inputs]</c>, without a history.</summary>
    public Tensor Rows => Map.Weight.Detach().Narrow(0, Start, Outputs);

    /// <summary>A short name that is unique within the owner.</summary>
    public string Name => Path[(Path.LastIndexOf('.') + 1)..];
}
