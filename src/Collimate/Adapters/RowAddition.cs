using Collimate.Torch;

namespace Collimate.Adapters;

/// <summary>Adds to columns of a map's result in place, and hands each its part of the gradient without copying any: the result of a packed map is large.</summary>
internal sealed class RowAddition : CustomFunction
{
    private readonly IReadOnlyList<Addend> addends;

    private RowAddition(IReadOnlyList<Addend> addends) => this.addends = addends;

    /// <summary>Adds.</summary>
    /// <param name="output">What is added to, <c>[…, outputs]</c>; changed. No recorded operation may have kept it.</param>
    /// <param name="addends">What is added where.</param>
    public static Tensor Run(Tensor output, IReadOnlyList<Addend> addends) =>
        addends.Count == 0 ? output : new RowAddition(addends).Apply([output, .. addends.Select(addend => addend.Value)])[0];

    /// <inheritdoc/>
    protected override Tensor[] Forward(Tensor[] inputs)
    {
        foreach (var (addend, value) in addends.Zip(inputs.Skip(1)))
        {
            using var columns = inputs[0].Narrow(-1, addend.Start, addend.Width);
            columns.Add_(value);
        }

        return [inputs[0].Detach()];
    }

    /// <inheritdoc/>
    protected override Tensor?[] Backward(Tensor?[] gradients, Tensor[] savedTensors) =>
        [gradients[0], .. addends.Select(addend => gradients[0]?.Narrow(-1, addend.Start, addend.Width))];

    /// <summary>What is added to some columns.</summary>
    /// <param name="Start">The first of them.</param>
    /// <param name="Width">How many.</param>
    /// <param name="Value"><c>[…, width]</c></param>
    internal readonly record struct Addend(int Start, int Width, Tensor Value);
}
