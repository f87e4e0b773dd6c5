using System.Globalization;
using System.Text.RegularExpressions;
using Collimate.Torch;

namespace Collimate.Adapters;

/// <summary>What a configuration means for a model: which layers get an adapter of which rank. Making a plan changes nothing.</summary>
/// <param name="Config">The configuration.</param>
/// <param name="Layers">The adapted layers.</param>
/// <param name="Saved">The modules that travel whole.</param>
internal sealed record AdapterPlan(AdapterConfig Config, IReadOnlyList<AdapterPlan.Layer> Layers, IReadOnlyList<SavedParameter.Plan> Saved)
{
    private const int MostListed = 5;

    /// <summary>Names of the tensors, below a layer's path, as PEFT writes them.</summary>
    public const string ASuffix = ".lora_A.weight", BSuffix = ".lora_B.weight", MagnitudeSuffix = ".lora_magnitude_vector";

    /// <summary>Works out a plan.</summary>
    /// <param name="model">The model.</param>
    /// <param name="config">The configuration.</param>
    /// <param name="everyName">Whether each name of <see cref="AdapterConfig.Targets"/> must be found; PEFT is content with one of them.</param>
    /// <exception cref="AdapterException">The configuration does not fit the model.</exception>
    public static AdapterPlan Make(Module model, AdapterConfig config, bool everyName)
    {
        if (config.Fault is { } fault)
        {
            throw new AdapterException($"{fault}.");
        }

        var sites = ModelSites.Of(model);
        var inside = new Func<string, bool>(path => path.StartsWith(config.Within, StringComparison.Ordinal));
        var chosen = sites.Sites.Where(site => inside(site.Path) && !IsSaved(site.Path, config.SavedModules) && IsNamed(site.Path, config) != PatternMatch.None).ToArray();
        foreach (var (path, kind) in sites.Others)
        {
            if (inside(path) && !IsSaved(path, config.SavedModules) && IsNamed(path, config) == PatternMatch.Exact)
            {
                throw new AdapterException(
                    $"'{config.Targets}' names {path}, which is {kind}; adapters go on linear layers only. Exclude it (exclude), name other layers, or train that part itself.");
            }
        }

        var everything = sites.Sites.Select(site => site.Path).Where(inside).ToArray();
        string[] absent = chosen.Length == 0 ? [config.Targets.ToString()] : everyName ? [.. config.Targets.Unmatched(everything)] : [];
        if (absent.Length > 0)
        {
            var where = config.Within.Length == 0 ? "the model" : config.Within.TrimEnd('.');
            throw new AdapterException($"no linear layer of {where} is named '{absent[0]}'; there are {Examples(everything)}.");
        }

        if (everyName)
        {
            CheckLimits(config, everything, [.. everything, .. sites.Others.Keys.Where(inside)], chosen);
        }

        return new AdapterPlan(config, Ranked(config, chosen), SavedParameter.PlansFor(model, config.SavedModules));
    }

    /// <summary>The tensors of the adapter's file, by name, with their shapes.</summary>
    public IEnumerable<(string Name, long[] Shape)> Tensors()
    {
        foreach (var (site, rank, _) in Layers)
        {
            yield return (site.Path + ASuffix, [rank, site.Inputs]);
            yield return (site.Path + BSuffix, [site.Outputs, rank]);
            if (Config.Kind == AdapterKind.Dora)
            {
                yield return (site.Path + MagnitudeSuffix, [site.Outputs]);
            }
        }

        foreach (var entry in Saved.SelectMany(parameter => parameter.Entries))
        {
            yield return (entry.Name, entry.Shape);
        }
    }

    /// <summary>Whether a path belongs to a module that is saved whole, which PEFT tells by how the path or one of its parents ends.</summary>
    public static bool IsSaved(string path, IReadOnlyList<string> names)
    {
        for (var end = path.Length; end > 0 && names.Count > 0; end = path.LastIndexOf('.', end - 1))
        {
            var parent = path[..end];
            if (names.Any(name => parent.EndsWith(name, StringComparison.Ordinal)))
            {
                return true;
            }
        }

        return false;
    }

    // A limit that limits nothing is a slip of the pen, and what it was to keep out would be adapted.
    private static void CheckLimits(AdapterConfig config, string[] linear, string[] everything, AdapterSite[] chosen)
    {
        if (config.Excluded is { } excluded)
        {
            string[] idle = excluded.Names.Count > 0 ? [.. excluded.Unmatched(everything)] : everything.Any(path => excluded.Match(path) != PatternMatch.None) ? [] : [excluded.ToString()];
            if (idle.Length > 0)
            {
                throw new AdapterException($"'{idle[0]}' is to be excluded, but no layer is named so; there are {Examples(linear)}. A name is the end of a path, a whole path with * in it, or one regular expression for whole paths.");
            }
        }

        foreach (var number in config.Layers ?? [])
        {
            // Paths that are listed as a whole are adapted whatever their numbers.
            if (!chosen.Any(site => config.Targets.Names.Contains(site.Path) || IsInLayers(site.Path, config with { Layers = [number] })))
            {
                throw new AdapterException($"no layer of number {number} is named by '{config.Targets}' (layers: [{string.Join(", ", config.Layers!)}]); numbers begin at 0, and there are {Examples(linear)}.");
            }
        }
    }

    private static PatternMatch IsNamed(string path, AdapterConfig config)
    {
        if (config.Excluded is { } excluded && excluded.Match(path) != PatternMatch.None)
        {
            return PatternMatch.None;
        }

        var match = config.Targets.Match(path);
        // As in PEFT: a path that is listed as a whole is adapted whatever its number.
        return match == PatternMatch.None || config.Layers is not { Count: > 0 } || config.Targets.Names.Contains(path) || IsInLayers(path, config) ? match : PatternMatch.None;
    }

    private static bool IsInLayers(string path, AdapterConfig config)
    {
        string[] patterns = config.LayersPattern is { Count: > 0 } named ? [.. named] : [@"[^.]*"];
        foreach (var pattern in patterns)
        {
            var found = ModulePattern.NumberAfter(pattern).Match(path);
            if (found.Success)
            {
                return int.TryParse(found.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && config.Layers!.Contains(number);
            }
        }

        return false;
    }

    private static Layer[] Ranked(AdapterConfig config, IEnumerable<AdapterSite> sites)
    {
        var ranks = config.RankPattern.Select(entry => (Pattern: ModulePattern.EndOfPath(entry.Key), entry.Value)).ToArray();
        var alphas = config.AlphaPattern.Select(entry => (Pattern: ModulePattern.EndOfPath(entry.Key), entry.Value)).ToArray();
        return [.. sites.Select(site => new Layer(site, First(ranks, site.Path) ?? config.Rank, First(alphas, site.Path) ?? config.Alpha))];
    }

    private static T? First<T>((Regex Pattern, T Value)[] patterns, string path)
        where T : struct
    {
        foreach (var (pattern, value) in patterns)
        {
            if (ModulePattern.IsMatch(pattern, path))
            {
                return value;
            }
        }

        return null;
    }

    private static string Examples(string[] paths)
    {
        var names = paths.Select(path => path[(path.LastIndexOf('.') + 1)..]).Distinct().ToArray();
        return names.Length == 0 ? "none at all" : string.Join(", ", names.Take(2 * MostListed)) + (names.Length > 2 * MostListed ? ", …" : "") + $" (such as {paths[0]})";
    }

    /// <summary>One adapted layer.</summary>
    /// <param name="Site">Where it is.</param>
    /// <param name="Rank">The adapter's rank.</param>
    /// <param name="Alpha">The adapter's alpha.</param>
    internal sealed record Layer(AdapterSite Site, int Rank, double Alpha);
}
