using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Collimate.Recipes;

namespace Collimate.Comparison;

/// <summary>What decides a run's figures besides its seed; kept with them, so that runs made in different ways are not taken for alike.</summary>
/// <param name="Scenes">Scenes of each split that the model was asked about.</param>
/// <param name="MaxSteps">The most steps of each stage; null for what the recipe says.</param>
/// <param name="TimeBudget">Minutes of processor time in place of the recipe's steps; null for the recipe's own.</param>
/// <param name="Recipe">The SHA-256 of the recipe with its bases and changes, before the seed was put in.</param>
public sealed record RunSettings(int Scenes, long? MaxSteps, double? TimeBudget, string Recipe)
{
    /// <summary>The settings of a recipe's runs.</summary>
    /// <param name="recipePath">The recipe.</param>
    /// <param name="options">What all runs have in common.</param>
    public static RunSettings Of(string recipePath, ComparisonOptions options) =>
        new(options.Scenes, options.MaxSteps, options.TimeBudget, HashOf(RecipeDocument.Load(recipePath, options.Changes)));

    /// <summary>How other settings differ from these, in words; null where they do not.</summary>
    /// <param name="other">The settings that are asked for now.</param>
    public string? Difference(RunSettings other)
    {
        (string Name, string Then, string Now)[] all =
        [
            ("--scenes", $"{Scenes}", $"{other.Scenes}"), ("--max-steps", Text(MaxSteps), Text(other.MaxSteps)), ("--time-budget", Text(TimeBudget), Text(other.TimeBudget)), ("the recipe", "another", "changed"),
        ];
        var at = Scenes != other.Scenes ? 0 : MaxSteps != other.MaxSteps ? 1 : TimeBudget != other.TimeBudget ? 2 : Recipe != other.Recipe ? 3 : -1;
        return at switch
        {
            < 0 => null,
            3 => "the recipe (or a --set) has changed since",
            _ => $"{all[at].Name} was {all[at].Then} then and is {all[at].Now} now",
        };
    }

    private static string Text(IFormattable? number) => number?.ToString(null, CultureInfo.InvariantCulture) ?? "not given";

    // The comments on top name files, which may lie elsewhere now.
    private static string HashOf(RecipeDocument document) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join('\n', RecipeSnapshot.ToYaml(document).Split('\n').Where(line => !line.StartsWith('#'))))));
}
