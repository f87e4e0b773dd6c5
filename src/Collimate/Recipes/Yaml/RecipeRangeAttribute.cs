namespace Collimate.Recipes;

/// <summary>The range that a number of a recipe must lie in, checked when the recipe is read. On a list, each number is checked.</summary>
/// <param name="minimum">The least value allowed.</param>
/// <param name="maximum">The greatest value allowed; without bound by default.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class RecipeRangeAttribute(double minimum, double maximum = double.PositiveInfinity) : Attribute
{
    /// <summary>The least value allowed.</summary>
    public double Minimum { get; } = minimum;

    /// <summary>The greatest value allowed.</summary>
    public double Maximum { get; } = maximum;

    /// <summary>Whether the minimum itself is refused, as for a learning rate that must be greater than 0.</summary>
    public bool MinimumExcluded { get; init; }

    /// <summary>Whether the maximum itself is refused, as for a dropout that must be less than 1.</summary>
    public bool MaximumExcluded { get; init; }

    /// <summary>Whether a number lies in the range.</summary>
    /// <param name="value">The number.</param>
    /// <returns>True where it does; never for NaN.</returns>
    public bool Contains(double value) =>
        (MinimumExcluded ? value > Minimum : value >= Minimum) && (MaximumExcluded ? value < Maximum : value <= Maximum);

    /// <summary>The range in words: <c>at least 1</c>, <c>greater than 0</c>, <c>from 0 to 1</c>.</summary>
    /// <returns>The words.</returns>
    public override string ToString()
    {
        var low = MinimumExcluded ? $"greater than {Minimum}" : $"at least {Minimum}";
        var high = MaximumExcluded ? $"less than {Maximum}" : $"at most {Maximum}";
        return (double.IsNegativeInfinity(Minimum), double.IsPositiveInfinity(Maximum)) switch
        {
            (true, true) => "a number",
            (true, false) => high,
            (false, true) => low,
            _ => MinimumExcluded || MaximumExcluded ? $"{low} and {high}" : $"from {Minimum} to {Maximum}",
        };
    }
}
