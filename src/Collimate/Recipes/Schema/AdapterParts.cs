using Collimate.Adapters;
using Collimate.Torch;

namespace Collimate.Recipes.Schema;

/// <summary>The adapters a recipe may name, and how they get on its model.</summary>
public static class AdapterParts
{
    /// <summary>The folder of a model's adapters, below the model's own.</summary>
    public const string FolderName = "adapters";

    /// <summary>The table of adapters.</summary>
    public static SeamTable<string, AdapterConfig> Table { get; } = new SeamTable<string, AdapterConfig>("adapter")
        .Register<LowRankOptions>("lora", (options, within) => options.ToConfig(AdapterKind.Lora, within))
        .Register<LowRankOptions>("dora", (options, within) => options.ToConfig(AdapterKind.Dora, within));

    /// <summary>Puts a recipe's adapters on its model. One that is called like a part of the model is limited to that part.</summary>
    /// <param name="recipe">The recipe's model.</param>
    /// <param name="model">The model.</param>
    /// <param name="seed">Draws the first values; each adapter has a stream of its own.</param>
    /// <exception cref="RecipeException">An adapter does not fit the model.</exception>
    public static void Attach(ModelRecipe recipe, Module model, long seed)
    {
        foreach (var (name, node) in recipe.Adapters ?? new Dictionary<string, RecipeNode>())
        {
            using var generator = new Generator(AdapterDropout.Mix((ulong)seed, AdapterDropout.Hash(name)));
            try
            {
                var config = Table.Create(node, ModelParts.Known.Contains(name) ? ModelParts.Prefix(name) : "");
                AdapterSet.Of(model).Add(name, config, generator);
            }
            catch (AdapterException misfit)
            {
                throw new RecipeException(node.Location, $"adapter '{name}': {misfit.Message}", misfit);
            }
        }
    }

    /// <summary>Writes a model's adapters below its folder, each in PEFT's format.</summary>
    /// <param name="model">The model.</param>
    /// <param name="folder">The model's folder.</param>
    public static void Save(Module model, string folder)
    {
        if (AdapterSet.Find(model) is { } set)
        {
            set.RenewUntouched();
            foreach (var name in set.Names)
            {
                PeftFolder.Save(set, name, Path.Combine(folder, FolderName, name));
            }
        }
    }

    /// <summary>Gives a model's adapters the values that <see cref="Save"/> wrote.</summary>
    /// <exception cref="Torch.Serialization.CheckpointException">A file is absent, damaged or of other adapters.</exception>
    public static void Load(Module model, string folder)
    {
        if (AdapterSet.Find(model) is { } set)
        {
            foreach (var name in set.Names)
            {
                PeftFolder.LoadInto(set, name, Path.Combine(folder, FolderName, name));
            }
        }
    }
}

/// <summary>Options of a LoRA or DoRA adapter.</summary>
public sealed record LowRankOptions
{
    /// <summary>The rank of the change.</summary>
    [RecipeRange(1)]
    public int Rank { get; init; } = 8;

    /// <summary>The change is scaled by this over the rank; twice the rank where silent.</summary>
    public double? Alpha { get; init; }

    /// <summary>The chance of each of its inputs to be left out while training.</summary>
    [RecipeRange(0, 1, MaximumExcluded = true)]
    public double Dropout { get; init; }

    /// <summary>Whether the scale is alpha over the root of the rank.</summary>
    public bool Rslora { get; init; }

    /// <summary>How the first matrix begins: <c>kaiming</c> or <c>gaussian</c>.</summary>
    public AdapterInitialization Init { get; init; }

    /// <summary>The layers: a list of names (ends of paths, or globs), or one regular expression for whole paths; every linear layer where silent.</summary>
    public RecipeNode? Targets { get; init; }

    /// <summary>Layers that get none, likewise.</summary>
    public RecipeNode? Exclude { get; init; }

    /// <summary>Numbers of the blocks; all where silent.</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>Other ranks by the ends of paths, as regular expressions.</summary>
    public IReadOnlyDictionary<string, int>? RankPattern { get; init; }

    /// <summary>Other alphas likewise.</summary>
    public IReadOnlyDictionary<string, double>? AlphaPattern { get; init; }

    /// <summary>The adapter's configuration.</summary>
    /// <param name="kind">LoRA or DoRA.</param>
    /// <param name="within">What all paths begin with.</param>
    internal AdapterConfig ToConfig(AdapterKind kind, string within) => new()
    {
        Kind = kind, Rank = Rank, Alpha = Alpha ?? 2 * Rank, Dropout = Dropout, RankStabilized = Rslora, Initialization = Init, Within = within,
        Targets = Targets is null ? ModulePattern.AllLinear : Pattern(Targets), Excluded = Exclude is null ? null : Pattern(Exclude), Layers = Layers,
        RankPattern = [.. RankPattern ?? new Dictionary<string, int>()], AlphaPattern = [.. AlphaPattern ?? new Dictionary<string, double>()],
    };

    private static ModulePattern Pattern(RecipeNode node) => node switch
    {
        RecipeScalar { IsNull: false } expression => ModulePattern.Matching(expression.Text == "all_linear" ? ModulePattern.AllLinearWord : expression.Text),
        RecipeList { Items.Count: > 0 } list => ModulePattern.Of([.. list.Items.Select(item => item is RecipeScalar { IsNull: false } name
            ? name.Text
            : throw item.Error($"expected a layer's name, found {item.Description}."))]),
        _ => throw node.Error($"expected a list of layers' names, or one regular expression; found {node.Description}."),
    };
}
