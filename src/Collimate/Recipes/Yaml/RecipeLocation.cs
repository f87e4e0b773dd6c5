namespace Collimate.Recipes;

/// <summary>Where a part of a recipe was written, so that every error can point at it.</summary>
/// <param name="Source">The file's path, or the override that set it (<c>--set stages[1].steps</c>).</param>
/// <param name="Line">The line, counted from 1; 0 where lines mean nothing, as in an override.</param>
/// <param name="Column">The column, counted from 1; 0 where columns mean nothing.</param>
public readonly record struct RecipeLocation(string Source, int Line, int Column)
{
    /// <summary>The location as editors and terminals make it clickable: <c>recipe.yaml:12</c>.</summary>
    public override string ToString() => Line > 0 ? $"{Source}:{Line}" : Source;
}
