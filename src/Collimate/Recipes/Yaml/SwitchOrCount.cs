namespace Collimate.Recipes;

/// <summary>An option that is off, on, or on with a number of its own; a recipe says <c>false</c>, <c>true</c> or for instance <c>12</c>.</summary>
/// <param name="IsOn">Whether it is on.</param>
/// <param name="Count">The number where one was given; above 0.</param>
public readonly record struct SwitchOrCount(bool IsOn, int? Count = null);
