using Collimate.Alignment.Towers;
using Collimate.Models.Language;
using Collimate.Torch;

namespace Collimate.Recipes.Schema;

/// <summary>What the seams' factories need besides their options.</summary>
/// <param name="Folder">The folder that relative paths of a recipe start from.</param>
/// <param name="Generator">Draws the weights of fresh parts.</param>
/// <param name="VisionWidth">Width of a patch's features.</param>
/// <param name="HiddenWidth">The decoder's width.</param>
/// <param name="ModelFolder">The folder of a trained model whose parts are made by their configuration alone, their weights to follow; null to read the parts' own checkpoints.</param>
public sealed record SeamContext(string Folder, Generator Generator, int VisionWidth, int HiddenWidth, string? ModelFolder = null)
{
    /// <summary>The decoder's shape; null until it is known.</summary>
    public LanguageConfig? Language { get; init; }

    /// <summary>The model that a stage trains, for its objectives; null while it is being made.</summary>
    public BuiltModel? Built { get; init; }

    /// <summary>The stage whose objectives are made; null elsewhere.</summary>
    internal StageRecipe? Stage { get; init; }

    /// <summary>Builds another model like <see cref="Built"/>, for objectives that hold one up as a reference; null where there is no such need.</summary>
    internal Func<BuiltModel>? MakeReplica { get; init; }

    /// <summary>The model's tower; null until it is made.</summary>
    public IVisionTower? Tower { get; init; }

    /// <summary>Whether data sources leave records that cannot be used to whoever draws them, rather than refuse the whole file.</summary>
    public bool LeavesBadRecords { get; init; }

    /// <summary>The folder, in a trained model's, of the vision tower.</summary>
    internal const string VisionPlace = "vision";

    /// <summary>Which of several towers is being made; null for one alone.</summary>
    private int? TowerNumber { get; init; }

    /// <summary>The folder, in a trained model's, of the text encoder that is being made.</summary>
    internal string ReaderPlace { get; init; } = "";

    /// <summary>Where the vision tower's files lie.</summary>
    public string VisionFolder(string path) =>
        ModelFolder is null ? Resolve(path) : TowerNumber is { } number ? Path.Combine(ModelFolder, VisionPlace, $"{number}") : Path.Combine(ModelFolder, VisionPlace);

    /// <summary>Where the decoder's files lie.</summary>
    public string LanguageFolder(string path) => ModelFolder is null ? Resolve(path) : Path.Combine(ModelFolder, "language");

    /// <summary>Where the files of a text encoder lie.</summary>
    internal string ReaderFolder(string path) => ModelFolder is null ? Resolve(path) : Path.Combine(ModelFolder, ReaderPlace);

    /// <summary>The same for one of several towers.</summary>
    internal SeamContext ForTower(int number) => this with { TowerNumber = number };

    /// <summary>A path of a recipe made absolute.</summary>
    public string Resolve(string path) => Path.GetFullPath(path, Folder);
}
