namespace Collimate.Adapters;

/// <summary>Which layers of a model get a low-rank adapter, and of what kind: the content of PEFT's <c>adapter_config.json</c>.</summary>
public sealed record AdapterConfig
{
    /// <summary>How the matrices are changed.</summary>
    public AdapterKind Kind { get; init; } = AdapterKind.Lora;

    /// <summary>Rows of A and columns of B (<c>r</c>).</summary>
    public int Rank { get; init; } = 8;

    /// <summary>The numerator of the scale s (<c>lora_alpha</c>).</summary>
    public double Alpha { get; init; } = 8;

    /// <summary>The chance of each input of A to be left out while training (<c>lora_dropout</c>).</summary>
    public double Dropout { get; init; }

    /// <summary>Whether s is alpha/√rank rather than alpha/rank (<c>use_rslora</c>). Source: Kalajdzievski 2023.</summary>
    public bool RankStabilized { get; init; }

    /// <summary>The first values of A.</summary>
    public AdapterInitialization Initialization { get; init; }

    /// <summary>The layers (<c>target_modules</c>).</summary>
    public required ModulePattern Targets { get; init; }

    /// <summary>Layers that get none although they are named (<c>exclude_modules</c>).</summary>
    public ModulePattern? Excluded { get; init; }

    /// <summary>Numbers of the blocks whose layers get one; all where null (<c>layers_to_transform</c>). Only with a list of names, as in PEFT.</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>What the block's number follows in a path, such as <c>layers</c>; anything where null (<c>layers_pattern</c>).</summary>
    public IReadOnlyList<string>? LayersPattern { get; init; }

    /// <summary>Other ranks, by regular expressions for the ends of paths (<c>rank_pattern</c>). The first that matches counts.</summary>
    public IReadOnlyList<KeyValuePair<string, int>> RankPattern { get; init; } = [];

    /// <summary>Other alphas, likewise (<c>alpha_pattern</c>).</summary>
    public IReadOnlyList<KeyValuePair<string, double>> AlphaPattern { get; init; } = [];

    /// <summary>Ends of paths of modules that are trained themselves and travel whole in the adapter's file (<c>modules_to_save</c>).</summary>
    public IReadOnlyList<string> SavedModules { get; init; } = [];

    /// <summary>What the paths of all targets begin with, such as <c>language_model.</c>; PEFT's file then lists the layers one by one.</summary>
    public string Within { get; init; } = "";

    /// <summary>PEFT's <c>task_type</c>, handed on.</summary>
    public string? TaskType { get; init; }

    /// <summary>PEFT's <c>base_model_name_or_path</c>, handed on.</summary>
    public string? BaseModel { get; init; }

    /// <summary>What is wrong with the numbers, or null.</summary>
    internal string? Fault => Rank < 1 ? $"the rank is {Rank}; it must be at least 1"
        : !double.IsFinite(Alpha) ? $"alpha is {Alpha}; it must be a finite number"
        : Dropout is not (>= 0 and < 1) ? $"dropout is {Dropout}; it must be at least 0 and less than 1"
        : RankPattern.Any(entry => entry.Value < 1) ? "a rank in the rank pattern is below 1"
        : Layers is not null && Targets.Expression is not null ? "numbers of layers go with a list of names, not with a regular expression, which can say them itself"
        : null;

    /// <summary>The scale s of a layer.</summary>
    internal double Scale(int rank, double alpha) => alpha / (RankStabilized ? Math.Sqrt(rank) : rank);
}
