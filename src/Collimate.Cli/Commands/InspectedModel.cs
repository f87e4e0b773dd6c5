using Collimate.Recipes;
using Collimate.Recipes.Schema;

namespace Collimate.Cli.Commands;

/// <summary>Reads the model that <c>inspect</c> looks into: a trained one's folder, or a recipe, whose model is then as it is before training.</summary>
internal static class InspectedModel
{
    /// <summary>Reads it.</summary>
    /// <param name="target">A folder, or a recipe's file.</param>
    /// <param name="changes">Changes to the recipe.</param>
    public static BuiltModel Load(string target, string[] changes)
    {
        if (!Directory.Exists(target))
        {
            var recipe = RecipeDocument.Load(target, changes).Bind<Recipe>();
            return ModelBuilder.Build(recipe.Model, Path.GetDirectoryName(Path.GetFullPath(target))!, recipe.Seed);
        }

        return changes.Length == 0
            ? ModelFolder.Load(target)
            : throw new UsageException("--set changes a recipe; a trained model is what it is. Name the recipe's file");
    }

    /// <summary>What pages call it.</summary>
    /// <param name="target">A folder, or a recipe's file.</param>
    public static string NameOf(string target) =>
        Directory.Exists(target) ? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(target))) : Path.GetFileNameWithoutExtension(target);
}
