namespace Collimate.Recipes;

/// <summary>An options record with rules that concern several of its values; <see cref="RecipeBinder"/> asks it once, after binding.</summary>
public interface IValidatedOptions
{
    /// <summary>Everything that is wrong with the values, as the key (or the property's name) at fault and what would be right.</summary>
    /// <returns>One entry a fault; none where the values fit together. An empty key blames the whole map.</returns>
    IEnumerable<(string Key, string Message)> Validate();
}
