namespace Collimate.Recipes.Schema;

/// <summary>A choice that does not fit the rest of the model; whoever knows where the recipe makes it adds the line.</summary>
/// <param name="message">What does not fit, and how to mend it.</param>
/// <param name="key">The key at fault within the choice; null for all of it.</param>
internal sealed class MisfitException(string message, string? key = null) : CollimateException(message)
{
    /// <summary>The key at fault within the choice; null for all of it.</summary>
    public string? Key => key;

    /// <summary>Makes a part, and says where the recipe chose it if it does not fit.</summary>
    /// <param name="choice">Where the recipe makes the choice; null where it is silent.</param>
    /// <param name="make">Makes the part.</param>
    /// <exception cref="RecipeException">It does not fit.</exception>
    public static T At<T>(RecipeNode? choice, Func<T> make)
    {
        try
        {
            return make();
        }
        catch (MisfitException misfit) when (choice is not null)
        {
            var at = misfit.Key is { } key && choice is RecipeMap map && map.Find(key) is { } entry ? entry.Value.Location : choice.Location;
            throw new RecipeException(at, misfit.Message, misfit);
        }
    }
}
