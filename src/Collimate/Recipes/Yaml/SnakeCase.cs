using System.Text;

namespace Collimate.Recipes;

/// <summary>The spelling of recipe keys and words: <c>LearningRate</c> is <c>learning_rate</c>.</summary>
internal static class SnakeCase
{
    /// <summary>Spells a .NET name as a recipe does. A digit joins the word before it (<c>Beta1</c> is <c>beta1</c>).</summary>
    public static string From(string name)
    {
        var spelt = new StringBuilder(name.Length + 4);
        for (var i = 0; i < name.Length; i++)
        {
            var startsWord = char.IsUpper(name[i])
                && i > 0
                && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            if (startsWord && spelt[^1] != '_')
            {
                spelt.Append('_');
            }

            spelt.Append(char.ToLowerInvariant(name[i]));
        }

        return spelt.ToString();
    }
}
