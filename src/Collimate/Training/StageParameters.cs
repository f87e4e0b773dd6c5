using Collimate.Adapters;
using Collimate.Alignment.Objectives;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Torch;
using Collimate.Torch.Optimization;

namespace Collimate.Training;

/// <summary>Decides which parameters a stage trains.</summary>
internal static class StageParameters
{
    /// <summary>Unfreezes what a stage trains, freezes the rest, and sorts the parameters into groups of like learning rate and decay.</summary>
    /// <returns>The groups, and the names of all their parameters, group after group.</returns>
    /// <exception cref="RecipeException">The stage trains adapters that the model does not have.</exception>
    public static (IReadOnlyList<ParameterGroup> Groups, IReadOnlyList<string> Names) Of(BuiltModel built, StageRecipe stage)
    {
        built.Model.SetRequiresGrad(false);
        var adapters = Adapters(built.Model);
        var (groups, names) = (new List<ParameterGroup>(), new List<string>());
        foreach (var (part, rate) in stage.LearningRates.Where(entry => entry.Key != ObjectiveSet.Name))
        {
            var mine = ModelParts.IsAdapters(part)
                ? OfAdapters(built.Model, adapters, stage, part)
                : [.. built.Model.NamedParameters().Where(p => ModelParts.Holds(part, p.Name, stage.LearningRates.Keys) && !adapters.ContainsKey(p.Value))];
            CheckNamed(stage, part, mine.Length);
            foreach (var decays in (bool[])[true, false])
            {
                // Matrices decay; biases, norms and embeddings do not, nor do the lengths that DoRA learns.
                var chosen = mine.Where(p => (p.Value.Rank > 1 && !p.Name.Contains("embed", StringComparison.Ordinal)) == decays).ToArray();
                foreach (var (_, parameter) in chosen)
                {
                    parameter.RequiresGrad = true;
                }

                if (chosen.Length > 0)
                {
                    groups.Add(new ParameterGroup(part, [.. chosen.Select(p => p.Value)])
                    {
                        LearningRate = rate, WeightDecay = decays ? stage.WeightDecay : 0, KeepsWideMoments = !decays,
                    });
                    names.AddRange(chosen.Select(p => p.Name));
                }
            }
        }

        AddObjectives(built.Model, stage, groups, names);
        return (groups, names);
    }

    // A tower by its number, and a text encoder, are named for what a model may not have.
    private static void CheckNamed(StageRecipe stage, string part, int count)
    {
        if (count == 0 && !ModelParts.Known.Contains(part))
        {
            throw new RecipeException(stage.Data.Location, $"stage '{stage.Name}' gives '{part}' a learning rate, but the model has no such part; vision.0, vision.1, … are towers of vision: fused, and reader is the bert or t5 that reads questions.");
        }
    }

    // What objectives learn themselves, such as a temperature, goes at the rate named for it, else at the fastest of the stage.
    private static void AddObjectives(Module model, StageRecipe stage, List<ParameterGroup> groups, List<string> names)
    {
        var mine = model.NamedParameters().Where(p => p.Name.StartsWith($"{ObjectiveSet.Name}.", StringComparison.Ordinal)).ToArray();
        if (mine.Length == 0)
        {
            return;
        }

        foreach (var (_, parameter) in mine)
        {
            parameter.RequiresGrad = true;
        }

        groups.Add(new ParameterGroup(ObjectiveSet.Name, [.. mine.Select(p => p.Value)])
        {
            LearningRate = stage.LearningRates.TryGetValue(ObjectiveSet.Name, out var named) ? named : stage.LearningRates.Values.Max(), KeepsWideMoments = true,
        });
        names.AddRange(mine.Select(p => p.Name));
    }

    // Which adapter a parameter belongs to.
    private static Dictionary<Tensor, string> Adapters(Module model)
    {
        var owners = new Dictionary<Tensor, string>(ReferenceEqualityComparer.Instance);
        if (AdapterSet.Find(model) is { } set)
        {
            foreach (var name in set.Names)
            {
                foreach (var parameter in set.ParametersOf(name))
                {
                    owners[parameter] = name;
                }
            }
        }

        return owners;
    }

    private static (string Name, Tensor Value)[] OfAdapters(Module model, Dictionary<Tensor, string> adapters, StageRecipe stage, string part)
    {
        var wanted = ModelParts.AdapterOf(part);
        var mine = model.NamedParameters().Where(p => adapters.TryGetValue(p.Value, out var name) && (wanted is null || name == wanted)).ToArray();
        return mine.Length > 0 ? mine : throw new RecipeException(
            stage.Data.Location, $"stage '{stage.Name}' gives '{part}' a learning rate, but {(adapters.Count == 0 ? "the model has no adapters; name them below model: (adapters:)" : $"the adapters are {string.Join(", ", adapters.Values.Distinct())}")}.");
    }
}
