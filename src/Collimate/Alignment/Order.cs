namespace Collimate.Alignment;

/// <summary>Who stands where: what a composition decides, and all it decides.</summary>
/// <remarks>
/// A row's sources are numbered: its visual tokens first (all of its first picture, then of its second, …), then the tokens of its layout.
/// Picture markers of the layout are not placed; the visual tokens stand for them.
/// </remarks>
public abstract record Order
{
    private protected Order()
    {
    }
}

/// <summary>An order that takes one source per position.</summary>
/// <param name="Sources">Per row, the source at each position.</param>
public sealed record GatherOrder(int[][] Sources) : Order;
