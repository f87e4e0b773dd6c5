using Collimate.Torch;

namespace Collimate.Alignment;

/// <summary>Who stands where: what a composition decides, and all it decides.</summary>
/// <remarks>
/// A row's sources are numbered: its visual tokens first (all of its first picture, then of its second, …), then the tokens of its layout.
/// Picture markers of the layout are not placed; the visual tokens stand for them.
/// </remarks>
/// <param name="Sources">Per row, the source at each position. It decides what a position <em>is</em>: its kind, label, picture and document.</param>
public sealed record Order(int[][] Sources)
{
    /// <summary>How the vectors of some positions are mixed from several sources, where an order is still being learnt; null where each is its source's own.</summary>
    public Mixture? Mixture { get; init; }
}

/// <summary>A learnt mixing of the tokens that may move: slot i of a row receives Σⱼ Weights[row, i, j] · source Movable[row][j].</summary>
/// <param name="Weights">Nearly a permutation, <c>[rows, slots, slots]</c>; what lies beyond a row's own slots does not matter.</param>
/// <param name="Slots">Per row, the positions that take part.</param>
/// <param name="Movable">Per row, as many sources.</param>
/// <param name="IsHard">
/// True where the vectors are exactly those that <see cref="Order.Sources"/> names, and only the gradient flows as if they had been mixed
/// (the straight-through estimator).
/// </param>
public sealed record Mixture(Tensor Weights, int[][] Slots, int[][] Movable, bool IsHard);
