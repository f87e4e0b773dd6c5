using Collimate.Recipes.Schema;
using Collimate.Torch.Optimization;

namespace Collimate.Training;

/// <summary>Decides which parameters a stage trains.</summary>
internal static class StageParameters
{
    /// <summary>Unfreezes what a stage trains, freezes the rest, and sorts the parameters into groups of like learning rate and decay.</summary>
    /// <returns>The groups, and the names of all their parameters, group after group.</returns>
    public static (IReadOnlyList<ParameterGroup> Groups, IReadOnlyList<string> Names) Of(BuiltModel built, StageRecipe stage)
    {
        built.Model.SetRequiresGrad(false);
        var (groups, names) = (new List<ParameterGroup>(), new List<string>());
        foreach (var (part, rate) in stage.LearningRates)
        {
            var mine = built.Model.NamedParameters().Where(p => p.Name.StartsWith(ModelParts.Prefix(part), StringComparison.Ordinal)).ToArray();
            foreach (var decays in (bool[])[true, false])
            {
                // Matrices decay; biases, norms and embeddings do not.
                var chosen = mine.Where(p => (p.Value.Rank > 1 && !p.Name.Contains("embed", StringComparison.Ordinal)) == decays).ToArray();
                foreach (var (_, parameter) in chosen)
                {
                    parameter.RequiresGrad = true;
                }

                if (chosen.Length > 0)
                {
                    groups.Add(new ParameterGroup(part, [.. chosen.Select(p => p.Value)]) { LearningRate = rate, WeightDecay = decays ? stage.WeightDecay : 0 });
                    names.AddRange(chosen.Select(p => p.Name));
                }
            }
        }

        return (groups, names);
    }
}
