namespace Collimate.Recipes;

/// <summary>A count that a recipe may leave to the program: a whole number from 1, or <c>auto</c>.</summary>
/// <param name="Count">The count; null for <c>auto</c>.</param>
public readonly record struct CountOrAuto(int? Count)
{
    /// <summary>The word for a count that the program finds.</summary>
    public const string AutoWord = "auto";

    /// <summary>The program finds the count.</summary>
    public static CountOrAuto Auto => default;

    /// <summary>Whether the program finds the count.</summary>
    public bool IsAuto => Count is null;

    /// <summary>A count as it is.</summary>
    public static implicit operator CountOrAuto(int count) => new(count);

    /// <inheritdoc/>
    public override string ToString() => Count is { } count ? $"{count}" : AutoWord;
}
