namespace Collimate.Recipes;

/// <summary>One line <c>key: value</c> of a map.</summary>
/// <param name="Key">The key.</param>
/// <param name="KeyLocation">Where the key was written.</param>
/// <param name="Value">The value.</param>
public sealed record RecipeEntry(string Key, RecipeLocation KeyLocation, RecipeNode Value);
