using Collimate.Recipes.Schema;
using Collimate.Torch;

namespace Collimate.Planning;

/// <summary>How many numbers of a part of the model learn in a stage, and how many stay as they are.</summary>
/// <param name="Part">The part, as a recipe names it; <c>adapters</c> for all low-rank adapters.</param>
/// <param name="Trained">Numbers that learn.</param>
/// <param name="Frozen">Numbers that do not.</param>
public sealed record PartParameters(string Part, long Trained, long Frozen)
{
    /// <summary>Counts a model whose learning parameters record gradients.</summary>
    internal static IReadOnlyList<PartParameters> Of(Module model)
    {
        var counts = new Dictionary<string, (long Trained, long Frozen)>();
        foreach (var (name, value) in model.NamedParameters())
        {
            var part = name.Contains("adapters.", StringComparison.Ordinal)
                ? ModelParts.Adapters
                : ModelParts.Known.FirstOrDefault(known => name.StartsWith(ModelParts.Prefix(known), StringComparison.Ordinal)) ?? "other";
            var (trained, frozen) = counts.GetValueOrDefault(part);
            counts[part] = value.RequiresGrad ? (trained + value.ElementCount, frozen) : (trained, frozen + value.ElementCount);
        }

        return [.. counts.Select(entry => new PartParameters(entry.Key, entry.Value.Trained, entry.Value.Frozen))];
    }
}
