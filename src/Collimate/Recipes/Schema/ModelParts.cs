using Collimate.Alignment.Objectives;

namespace Collimate.Recipes.Schema;

/// <summary>The parts of a model that a stage may train, and where they stand in its state dict.</summary>
public static class ModelParts
{
    private static readonly Dictionary<string, string> Prefixes = new()
    {
        ["conditioning"] = "conditioning.",
        ["vision"] = "vision_tower.",
        ["connector"] = "multi_modal_projector.",
        ["composition"] = "composition.",
        ["fusion"] = "fusion.",
        ["language"] = "language_model.",
    };

    /// <summary>The parts' names.</summary>
    public static IReadOnlyCollection<string> Known => Prefixes.Keys;

    /// <summary>The word for all adapters.</summary>
    public const string Adapters = "adapters";

    /// <summary>Whether a stage may name this part.</summary>
    public static bool IsKnown(string part) => Prefixes.ContainsKey(part) || part == ObjectiveSet.Name || IsAdapters(part);

    /// <summary>Whether a part means adapters.</summary>
    public static bool IsAdapters(string part) => part == Adapters || AdapterOf(part) is not null;

    /// <summary>The adapter that <c>adapters.NAME</c> means; null for any other part.</summary>
    public static string? AdapterOf(string part) =>
        part.StartsWith($"{Adapters}.", StringComparison.Ordinal) && part.Length > Adapters.Length + 1 ? part[(Adapters.Length + 1)..] : null;

    /// <summary>What the names of a part's parameters begin with.</summary>
    public static string Prefix(string part) => Prefixes[part];
}
