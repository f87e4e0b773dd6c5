namespace Collimate.Recipes;

/// <summary>
/// A recipe as it takes effect: the YAML file, what it is based on (<c>base: other.yaml</c>), and the overrides of the command line.
/// Every value still knows the file and line, or the override, that it came from.
/// </summary>
public sealed class RecipeDocument
{
    private const int MaximumBases = 32;

    private RecipeDocument(string path, RecipeMap root, IReadOnlyList<string> files, IReadOnlyList<string> overrides)
    {
        Path = path;
        Root = root;
        Files = files;
        Overrides = overrides;
    }

    /// <summary>The recipe's path as it was given.</summary>
    public string Path { get; }

    /// <summary>The whole recipe, bases merged and overrides applied.</summary>
    public RecipeMap Root { get; }

    /// <summary>Every file that was read: the bases first, the recipe last.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>The overrides that were applied, in order, as <c>path=value</c>.</summary>
    public IReadOnlyList<string> Overrides { get; }

    /// <summary>Reads a recipe file.</summary>
    /// <param name="path">The YAML file.</param>
    /// <param name="overrides">Overrides <c>path=value</c>, applied in order after the bases are merged; null for none.</param>
    /// <returns>The effective recipe.</returns>
    /// <exception cref="RecipeException">A file cannot be read, is not a recipe, or an override does not fit.</exception>
    public static RecipeDocument Load(string path, IReadOnlyList<string>? overrides = null)
    {
        var files = new List<string>();
        var root = LoadFile(path, new RecipeLocation(path, 0, 0), [], files);
        return Finish(path, root, files, overrides ?? []);
    }

    /// <summary>Reads a recipe from text, for tests and for callers that hold recipes elsewhere.</summary>
    /// <param name="text">The YAML text.</param>
    /// <param name="path">What errors call it; <c>base:</c> is found relative to it.</param>
    /// <param name="overrides">Overrides <c>path=value</c>, applied in order after the bases are merged; null for none.</param>
    /// <returns>The effective recipe.</returns>
    /// <exception cref="RecipeException">The text is not a recipe, or an override does not fit.</exception>
    public static RecipeDocument Parse(string text, string path = "recipe.yaml", IReadOnlyList<string>? overrides = null)
    {
        var files = new List<string>();
        var root = Read(text, path, [System.IO.Path.GetFullPath(path)], files);
        return Finish(path, root, files, overrides ?? []);
    }

    /// <summary>Binds the whole recipe to an options record; see <see cref="RecipeBinder"/>.</summary>
    /// <typeparam name="T">The options record.</typeparam>
    /// <returns>The record with every value in place.</returns>
    /// <exception cref="RecipeException">The recipe does not fit the record.</exception>
    public T Bind<T>()
        where T : class => RecipeBinder.Bind<T>(Root);

    private static RecipeDocument Finish(string path, RecipeMap root, List<string> files, IReadOnlyList<string> overrides)
    {
        foreach (var text in overrides)
        {
            root = RecipeOverride.Parse(text).Apply(root);
        }

        return new RecipeDocument(path, (RecipeMap)root.At(""), files, overrides);
    }

    private static RecipeMap LoadFile(string path, RecipeLocation asker, IReadOnlyList<string> chain, List<string> files)
    {
        string text;
        string full;
        try
        {
            full = System.IO.Path.GetFullPath(path);
            if (chain.Contains(full))
            {
                throw new RecipeException(asker, $"the base '{path}' leads back to itself: {string.Join(" -> ", [.. chain.Select(System.IO.Path.GetFileName), System.IO.Path.GetFileName(path)])}.");
            }

            if (new FileInfo(full) is { Exists: true, Length: > 4 * RecipeParser.MaximumCharacters } big)
            {
                throw new RecipeException(asker, $"the file '{path}' has {big.Length:N0} bytes; that is no recipe.");
            }

            text = File.ReadAllText(full);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new RecipeException(asker, $"the recipe '{path}' cannot be read: {Reason(failure, path)}", failure);
        }

        return Read(text, path, [.. chain, full], files);
    }

    private static string Reason(Exception failure, string path) => failure switch
    {
        FileNotFoundException or DirectoryNotFoundException => "there is no such file.",
        UnauthorizedAccessException when Directory.Exists(path) => "it is a folder; name a .yaml file.",
        _ => failure.Message,
    };

    private static RecipeMap Read(string text, string path, IReadOnlyList<string> chain, List<string> files)
    {
        var root = RecipeParser.Parse(text, path) switch
        {
            RecipeMap map => map,
            RecipeScalar { IsNull: true } => throw new RecipeException(path, 0, "is empty; a recipe is a map of keys and values."),
            var other => throw other.Error($"a recipe is a map of keys and values, found {other.Description}."),
        };
        var own = root.Without("base").Without("include");
        RecipeMap? under = null;
        foreach (var name in Bases(root))
        {
            if (files.Count + chain.Count > MaximumBases)
            {
                throw name.Error($"more than {MaximumBases} recipes build on one another.");
            }

            var file = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(path) ?? "", name.Text);
            var next = LoadFile(file, name.Location, chain, files);
            under = under is null ? next : (RecipeMap)RecipeMerge.Merge(under, next);
        }

        files.Add(path);
        return under is null ? own : (RecipeMap)RecipeMerge.Merge(under, own);
    }

    private static List<RecipeScalar> Bases(RecipeMap root)
    {
        if (root.Find("base") is not null && root.Find("include") is { } second)
        {
            throw new RecipeException(second.KeyLocation, "'base' and 'include' mean the same; keep one, with a list where there are several.");
        }

        RecipeNode[] names = (root.Find("base") ?? root.Find("include"))?.Value switch
        {
            null or RecipeScalar { IsNull: true } => [],
            RecipeList list => [.. list.Items],
            var single => [single],
        };
        return names.Select(name => name as RecipeScalar ?? throw name.Error($"a base is the path of another recipe, found {name.Description}."))
            .Select(name => name.IsNull ? throw name.Error("a base is the path of another recipe, found nothing.") : name)
            .ToList();
    }
}
