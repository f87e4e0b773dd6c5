using System.Globalization;
using Collimate.Alignment.Objectives;

namespace Collimate.Recipes.Schema;

/// <summary>The parts of a model that a stage may train, and where they stand in its state dict.</summary>
public static class ModelParts
{
    private const string Vision = "vision";
    private const string Reader = "reader";

    private static readonly Dictionary<string, string> Prefixes = new()
    {
        ["conditioning"] = "conditioning.",
        [Vision] = "vision_tower.",
        ["connector"] = "multi_modal_projector.",
        ["composition"] = "composition.",
        ["fusion"] = "fusion.",
        ["language"] = "language_model.",
    };

    // Text encoders inside other parts stay as they are while those learn, unless they are named.
    private static readonly string[] Readers = ["conditioning.reader.", "multi_modal_projector.reader."];

    /// <summary>The parts' names.</summary>
    public static IReadOnlyCollection<string> Known => Prefixes.Keys;

    /// <summary>The word for all adapters.</summary>
    public const string Adapters = "adapters";

    /// <summary>Whether a stage may name this part.</summary>
    public static bool IsKnown(string part) => Prefixes.ContainsKey(part) || part is Reader or ObjectiveSet.Name || TowerOf(part) is not null || IsAdapters(part);

    /// <summary>Whether a part means adapters.</summary>
    public static bool IsAdapters(string part) => part == Adapters || AdapterOf(part) is not null;

    /// <summary>The adapter that <c>adapters.NAME</c> means; null for any other part.</summary>
    public static string? AdapterOf(string part) =>
        part.StartsWith($"{Adapters}.", StringComparison.Ordinal) && part.Length > Adapters.Length + 1 ? part[(Adapters.Length + 1)..] : null;

    /// <summary>The tower that <c>vision.0</c>, <c>vision.1</c>, … means among several; null for any other part.</summary>
    public static int? TowerOf(string part) =>
        part.StartsWith($"{Vision}.", StringComparison.Ordinal) && int.TryParse(part.AsSpan(Vision.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>What the names of a part's parameters begin with.</summary>
    public static string Prefix(string part) => Prefixes[part];

    /// <summary>Whether a parameter belongs to a part: one of several towers is a part of its own where it is named, and a text encoder always.</summary>
    /// <param name="part">The part, none of the adapters.</param>
    /// <param name="parameter">The parameter's name.</param>
    /// <param name="named">All parts that a stage names.</param>
    internal static bool Holds(string part, string parameter, IEnumerable<string> named)
    {
        var read = Array.Exists(Readers, parameter.StartsWith);
        return part == Reader || read ? part == Reader && read
            : TowerOf(part) is { } number ? parameter.StartsWith(OfTower(number), StringComparison.Ordinal)
            : parameter.StartsWith(Prefix(part), StringComparison.Ordinal) && !(part == Vision && named.Any(other => TowerOf(other) is { } tower && parameter.StartsWith(OfTower(tower), StringComparison.Ordinal)));
    }

    private static string OfTower(int number) => $"{Prefixes[Vision]}towers.{number}.";
}
