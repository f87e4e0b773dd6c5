namespace Collimate.Data.Scenes;

/// <summary>
/// The gym: emoji of known name, category and colour, and an endless, repeatable stream of scenes made of them. Safe to use from several threads.
/// </summary>
public sealed class SceneWorld
{
    private const int DigitCount = 10;
    private const int LetterCount = 26;
    private const int RegionalIndicatorA = 0x1F1E6;

    private readonly bool[] unseen;
    private readonly bool[] heldOut; // [object, object]
    private readonly int[] colourOf;
    private readonly int[][][] allowed; // [split][category][choice]
    private readonly Dictionary<string, int> itemByName;
    private readonly Lazy<SceneStatistics>[] statistics;

    private SceneWorld(SceneSources sources)
    {
        var entries = UnicodeCatalogue.Read(sources);
        ObjectCount = entries.Count;
        var drawn = entries.Select(entry => entry.CodePoints).Concat(SymbolTexts()).ToArray();
        Glyphs = GlyphAtlas.Load(drawn, sources);
        Items = [.. entries.Select(ToObject), .. Symbols()];
        Categories = [.. entries.Select(entry => entry.Category).Distinct()];
        Colours = [.. Items.Select(item => item.Colour).OfType<string>().Distinct().Order(StringComparer.Ordinal)];
        itemByName = Items.ToDictionary(item => item.Name, item => item.Id);
        unseen = HoldOut.Unseen(Objects, Categories);
        heldOut = HoldOut.Pairs(Objects, unseen);
        CategoryOf = [.. Objects.Select(item => Categories.ToList().IndexOf(item.Category))];
        colourOf = [.. Objects.Select(item => item.Colour is null ? -1 : Colours.ToList().IndexOf(item.Colour))];
        allowed = [.. Enum.GetValues<SceneSplit>().Select(AllowedByCategory)];
        statistics = [.. Enum.GetValues<SceneSplit>().Select(split => new Lazy<SceneStatistics>(() => SceneStatistics.Measure(this, split)))];
    }

    /// <summary>Everything that can stand in a scene, by number: the objects, the digits 0 to 9, the letters a to z.</summary>
    public IReadOnlyList<SceneObject> Items { get; }

    /// <summary>The objects: the first <see cref="ObjectCount"/> of <see cref="Items"/>.</summary>
    public IEnumerable<SceneObject> Objects => Items.Take(ObjectCount);

    /// <summary>How many objects there are.</summary>
    public int ObjectCount { get; }

    /// <summary>The objects' categories.</summary>
    public IReadOnlyList<string> Categories { get; }

    /// <summary>The colours that objects have.</summary>
    public IReadOnlyList<string> Colours { get; }

    /// <summary>Every item's picture.</summary>
    internal GlyphAtlas Glyphs { get; }

    /// <summary>The category's number, by object.</summary>
    internal int[] CategoryOf { get; }

    /// <summary>Opens the world; the first time on a machine it renders the font's emoji (seconds), later it reads them from a cache (milliseconds).</summary>
    /// <param name="sources">Where the raw material lies; by default where Debian's packages put it.</param>
    /// <exception cref="DataException">A file of the system is missing or does not fit; the message names the package.</exception>
    public static SceneWorld Load(SceneSources? sources = null) => new(sources ?? new SceneSources());

    /// <summary>Draws a scene: the same for the same arguments, in whatever order and on whatever thread.</summary>
    /// <param name="split">The part of the world.</param>
    /// <param name="seed">Any number.</param>
    /// <param name="index">Which scene of the stream.</param>
    public Scene Draw(SceneSplit split, ulong seed, long index)
    {
        var random = new SceneRandom(seed, $"scene/{NameOf(split)}", index);
        var (items, background) = SceneComposer.Compose(this, split, ref random);
        return new Scene(this, split, seed, index, items, background);
    }

    /// <summary>Whether an item is a digit or a letter.</summary>
    public bool IsSymbol(int item) => item >= ObjectCount;

    /// <summary>Whether an item is a digit.</summary>
    public bool IsDigit(int item) => item >= ObjectCount && item < ObjectCount + DigitCount;

    /// <summary>Whether training never shows or names an object.</summary>
    public bool IsUnseen(int item) => item < ObjectCount && unseen[item];

    /// <summary>Whether two objects stand together only in <see cref="SceneSplit.TestCompositions"/>.</summary>
    public bool IsHeldOut(int first, int second) => first < ObjectCount && second < ObjectCount && heldOut[(first * ObjectCount) + second];

    /// <summary>The item of a name, or null.</summary>
    public SceneObject? Find(string name) => itemByName.TryGetValue(name, out var item) ? Items[item] : null;

    /// <summary>The split's name in file names and streams, such as <c>test-unseen</c>.</summary>
    public static string NameOf(SceneSplit split) => split switch
    {
        SceneSplit.Pretrain => "pretrain",
        SceneSplit.Train => "train",
        SceneSplit.Validation => "validation",
        SceneSplit.TestCompositions => "test-compositions",
        SceneSplit.TestUnseen => "test-unseen",
        _ => throw new ArgumentOutOfRangeException(nameof(split), split, "no such split"),
    };

    /// <summary>The number of an object's colour in <see cref="Colours"/>, or -1.</summary>
    internal int ColourNumber(int item) => colourOf[item];

    /// <summary>The objects of each category that a split may show and name.</summary>
    internal int[][] Allowed(SceneSplit split) => allowed[(int)split];

    /// <summary>How often the split's scenes show what: measured once, on first use.</summary>
    internal SceneStatistics Statistics(SceneSplit split) => statistics[(int)split].Value;

    private int[][] AllowedByCategory(SceneSplit split)
    {
        var all = split is SceneSplit.Pretrain or SceneSplit.TestUnseen;
        return [.. Categories.Select(category => Objects.Where(item => item.Category == category && (all || !unseen[item.Id])).Select(item => item.Id).ToArray())];
    }

    private SceneObject ToObject(UnicodeCatalogue.Entry entry, int id) =>
        new(id, entry.Name, entry.Category, GlyphColours.Prevailing(Glyphs[id, GlyphAtlas.LargestSize]), entry.CodePoints, entry.Keywords);

    private IEnumerable<SceneObject> Symbols() => SymbolTexts().Select((text, at) => at < DigitCount
        ? new SceneObject(ObjectCount + at, at.ToString(), "digit", null, text, [])
        : new SceneObject(ObjectCount + at, ((char)('a' + at - DigitCount)).ToString(), "letter", null, text, []));

    /// <summary>Keycap digits; single regional indicators, which the font draws as blue letters.</summary>
    private static IEnumerable<string> SymbolTexts() =>
        Enumerable.Range(0, DigitCount).Select(digit => $"{digit}\uFE0F\u20E3")
            .Concat(Enumerable.Range(0, LetterCount).Select(letter => char.ConvertFromUtf32(RegionalIndicatorA + letter)));
}
