namespace Collimate.Verification;

/// <summary>Which positions of a batch hold tokens rather than padding.</summary>
/// <param name="Valid">1 on tokens, 0 on padding, row-major <c>[rows, tokens]</c>.</param>
/// <param name="Rows">Rows of the batch.</param>
/// <param name="Length">Positions of a row.</param>
internal sealed record TokenMask(int[] Valid, int Rows, int Length)
{
    /// <summary>How many positions hold tokens.</summary>
    public int Count => Valid.Sum();

    /// <summary>The first rows alone.</summary>
    public TokenMask Head(int rows) => new(Valid[..(rows * Length)], rows, Length);
}
