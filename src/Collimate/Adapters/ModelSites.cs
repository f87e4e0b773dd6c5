using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Adapters;

/// <summary>All layers of a model by the paths that its checkpoints give them: those that can be adapted, and what the others are.</summary>
/// <remarks>
/// Modules may store as one what checkpoints hold apart, or under other names. So a layer is found by the memory of its weights: the path is
/// that of the checkpoint entry which lies there.
/// </remarks>
internal sealed class ModelSites
{
    private const string Weight = ".weight";

    private ModelSites(IReadOnlyList<AdapterSite> sites, IReadOnlyDictionary<string, string> others) => (Sites, Others) = (sites, others);

    /// <summary>The linear maps, in the order of the model's state dict.</summary>
    public IReadOnlyList<AdapterSite> Sites { get; }

    /// <summary>Other layers with weights, by path, each with a word for what it is.</summary>
    public IReadOnlyDictionary<string, string> Others { get; }

    /// <summary>Looks through a model.</summary>
    public static ModelSites Of(Module model)
    {
        using var scope = new TensorScope();
        var maps = model.NamedModules().Select(entry => entry.Module).Where(module => module is ILinearMap).Select(Place).ToArray();
        var (sites, others) = (new List<AdapterSite>(), new Dictionary<string, string>(StringComparer.Ordinal));
        foreach (var (name, value) in model.NamedState())
        {
            if (!name.EndsWith(Weight, StringComparison.Ordinal))
            {
                continue;
            }

            var path = name[..^Weight.Length];
            if (path == "lm_head" || path.EndsWith(".lm_head", StringComparison.Ordinal))
            {
                others[path] = "the output head, whose matrix losses read directly";
            }
            else if (SiteAt(path, value, maps) is { } site)
            {
                sites.Add(site);
            }
            else
            {
                others[path] = value.Rank switch { 4 => "a convolution (patch embedding)", 2 => "an embedding or a packed matrix of attention", _ => "a norm" };
            }
        }

        return new ModelSites(sites, others);
    }

    private static (Module Owner, long Begin, long End, long Inputs) Place(Module module)
    {
        var weight = ((ILinearMap)module).Weight;
        if (!weight.IsContiguous)
        {
            // Weights that were left to a checkpoint have no memory of their own yet, by which they could be found.
            throw new InvalidOperationException($"{module.GetType().Name} {weight} has no weights yet; load the model before adapters are put on it.");
        }

        var begin = (long)weight.DataPointer;
        return (module, begin, begin + (weight.ElementCount * weight.Type.Size()), weight.Size(1));
    }

    private static AdapterSite? SiteAt(string path, Tensor value, (Module Owner, long Begin, long End, long Inputs)[] maps)
    {
        if (value.Rank != 2 || value.ElementCount == 0)
        {
            return null;
        }

        var address = (long)value.DataPointer;
        var row = value.Size(1) * value.Type.Size();
        foreach (var map in maps)
        {
            if (address >= map.Begin && address < map.End && map.Inputs == value.Size(1) && (address - map.Begin) % row == 0)
            {
                return new AdapterSite(path, map.Owner, (int)((address - map.Begin) / row), (int)value.Size(0), (int)value.Size(1));
            }
        }

        return null;
    }
}
