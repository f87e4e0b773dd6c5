namespace Collimate.Recipes;

/// <summary>How a recipe spells a member of an enum whose name is not made of plain words.</summary>
/// <param name="word">The spelling, in place of the name in snake case.</param>
[AttributeUsage(AttributeTargets.Field)]
internal sealed class RecipeWordAttribute(string word) : Attribute
{
    /// <summary>The spelling.</summary>
    public string Word { get; } = word;
}
