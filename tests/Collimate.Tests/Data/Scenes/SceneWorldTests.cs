using Collimate.Data;
using Collimate.Data.Scenes;

namespace Collimate.Tests.Data.Scenes;

public sealed class SceneWorldTests
{
    private const int Many = 4000;

    private static SceneWorld World => GymWorld.World;

    [Fact]
    public void Load_Objects_AreOneWordEachInFilledCategories()
    {
        Assert.InRange(World.ObjectCount, 160, 190);
        Assert.InRange(World.Categories.Count, 10, 12);
        Assert.All(World.Objects, item => Assert.Matches("^[a-z]+$", item.Name));
        Assert.All(World.Categories, category => Assert.True(World.Objects.Count(item => item.Category == category) >= 7, category));
        Assert.All(World.Items.Select((item, at) => (item, at)), pair => Assert.Equal(pair.at, pair.item.Id));
        Assert.Equal("0123456789abcdefghijklmnopqrstuvwxyz", string.Concat(World.Items.Skip(World.ObjectCount).Select(item => item.Name)));
    }

    [Fact]
    public void Load_Names_StandForOneThing()
    {
        var words = World.Items.Select(item => item.Name).Concat(World.Categories).Concat(World.Colours).Concat(ScenePositions.Names)
            .Append(SceneCaptions.EmptyWord).ToArray();

        Assert.Equal(words.Length, words.Distinct().Count());
    }

    [Theory]
    [InlineData("dog", "mammal", null)]
    [InlineData("tomato", "fruit", "red")]
    [InlineData("cactus", "plant", "green")]
    [InlineData("dress", "clothing", "blue")]
    [InlineData("tangerine", "fruit", "orange")]
    public void Find_KnownName_HasItsCategoryAndColour(string name, string category, string? colour)
    {
        var item = World.Find(name);

        Assert.Equal((category, colour), (item?.Category, item?.Colour));
    }

    [Fact]
    public void HeldOut_Shares_AreATenthSpreadEvenly()
    {
        var known = World.Objects.Where(item => !World.IsUnseen(item.Id)).Select(item => item.Id).ToArray();
        var partners = known.Select(first => known.Count(second => World.IsHeldOut(first, second))).ToArray();

        Assert.InRange(World.ObjectCount - known.Length, 0.08 * World.ObjectCount, 0.12 * World.ObjectCount);
        Assert.All(World.Categories, category => Assert.Contains(World.Objects, item => item.Category == category && World.IsUnseen(item.Id)));
        Assert.InRange(partners.Average() / (known.Length - 1), 0.09, 0.11);
        Assert.True(partners.Max() - partners.Min() <= 1);
        Assert.All(known, item => Assert.False(World.IsHeldOut(item, item)));
        Assert.All(known, first => Assert.All(known, second => Assert.Equal(World.IsHeldOut(first, second), World.IsHeldOut(second, first))));
    }

    [Fact]
    public void Draw_OtherOrderAndThreads_GivesTheSameScenes()
    {
        var forward = GymWorld.Scenes(SceneSplit.Train, 500).Select(Text).ToArray();
        var other = SceneWorld.Load();
        var parallel = new string[forward.Length];
        Parallel.For(0, forward.Length, at => parallel[forward.Length - 1 - at] = Text(other.Draw(SceneSplit.Train, 3, forward.Length - 1 - at)));

        Assert.Equal(forward, parallel);
        Assert.Equal(forward.Length, forward.Distinct().Count());
        Assert.NotEqual(forward, GymWorld.Scenes(SceneSplit.Train, 500, seed: 4).Select(Text));
        Assert.NotEqual(forward, GymWorld.Scenes(SceneSplit.Validation, 500).Select(Text));
    }

    [Theory]
    [InlineData(SceneSplit.Pretrain)]
    [InlineData(SceneSplit.Train)]
    [InlineData(SceneSplit.Validation)]
    [InlineData(SceneSplit.TestCompositions)]
    [InlineData(SceneSplit.TestUnseen)]
    public void Draw_ManyScenes_KeepsToTheSplit(SceneSplit split)
    {
        foreach (var scene in GymWorld.Scenes(split, Many))
        {
            var items = scene.Objects.Select(item => item.Item).ToArray();
            var unseen = items.Any(World.IsUnseen);
            var heldOut = items.Any(first => items.Any(second => World.IsHeldOut(first, second)));
            Assert.Equal(split == SceneSplit.TestCompositions, heldOut);
            Assert.True(split == SceneSplit.Pretrain || unseen == (split == SceneSplit.TestUnseen), scene.Id);
        }
    }

    [Theory]
    [InlineData(SceneSplit.Train)]
    [InlineData(SceneSplit.TestCompositions)]
    public void Draw_ManyScenes_FitTheCanvasOneItemACell(SceneSplit split)
    {
        foreach (var scene in GymWorld.Scenes(split, Many))
        {
            Assert.InRange(scene.Objects.Count, 1, 6);
            Assert.Equal(scene.Items.Select(item => item.Cell).Distinct().Order(), scene.Items.Select(item => item.Cell));
            Assert.All(scene.Items, item => Assert.True(
                item.X >= 0 && item.Y >= 0 && item.X + item.Size <= 96 && item.Y + item.Size <= 96 && item.Size is >= 25 and <= 30));
            Assert.All(scene.Items, item => Assert.InRange(item.X + (item.Size / 2.0) - ((item.Column * 32) + 16), -4, 4));
            Assert.True(scene.Symbols.Count is 0 or 2 or 3);
            Assert.True(scene.Symbols.Select(item => item.Row).Distinct().Count() <= 1);
            Assert.True(scene.Symbols.Select(item => World.Items[item.Item].Category).Distinct().Count() <= 1);
        }
    }

    [Fact]
    public void Draw_Sizes_AreAsFrequentInEverySplit()
    {
        foreach (var split in (SceneSplit[])[SceneSplit.Train, SceneSplit.TestUnseen, SceneSplit.TestCompositions])
        {
            var sizes = split == SceneSplit.TestCompositions ? 5 : 6;
            var counts = GymWorld.Scenes(split, 6000).CountBy(scene => scene.Objects.Count).ToDictionary();

            // Five standard deviations of a fair draw are about 155.
            Assert.Equal(sizes, counts.Count);
            Assert.All(counts.Values, count => Assert.InRange(count, (6000 / sizes) - 155, (6000 / sizes) + 155));
        }
    }

    [Theory]
    [InlineData(nameof(SceneSources.AnnotationsFile), "unicode-cldr-core")]
    [InlineData(nameof(SceneSources.EmojiTestFile), "unicode-data")]
    [InlineData(nameof(SceneSources.FontFile), "fonts-noto-color-emoji")]
    public void Load_MissingFile_NamesFileAndPackage(string which, string package)
    {
        const string Missing = "/nowhere/absent.file";
        var sources = which switch
        {
            nameof(SceneSources.AnnotationsFile) => new SceneSources { AnnotationsFile = Missing },
            nameof(SceneSources.EmojiTestFile) => new SceneSources { EmojiTestFile = Missing },
            _ => new SceneSources { FontFile = Missing },
        };

        var failure = Assert.Throws<DataException>(() => SceneWorld.Load(sources));

        Assert.Contains(Missing, failure.Message);
        Assert.Contains(package, failure.Message);
    }

    [Fact]
    public void Load_DamagedAnnotations_NamesTheLine()
    {
        using var folder = new GymWorld.Folder();
        var path = Path.Combine(folder.Path, "en.xml");
        File.WriteAllText(path, "<ldml>\n<annotations>\n<annotation cp=\"x\"");

        var failure = Assert.Throws<DataException>(() => SceneWorld.Load(new SceneSources { AnnotationsFile = path }));

        Assert.Contains($"{path}: line 3", failure.Message);
    }

    [Fact]
    public void Load_ManyWordName_IsRefused()
    {
        using var folder = new GymWorld.Folder();
        var path = Path.Combine(folder.Path, "en.xml");
        File.WriteAllText(path, "<ldml><annotations><annotation cp=\"🐵\" type=\"tts\">merry monkey face</annotation></annotations></ldml>");

        var failure = Assert.Throws<DataException>(() => SceneWorld.Load(new SceneSources { AnnotationsFile = path }));

        Assert.Contains("'merry monkey'", failure.Message);
    }

    [Fact]
    public void Load_DamagedGlyphCache_IsRenderedAnew()
    {
        using var folder = new GymWorld.Folder();
        var sources = new SceneSources { CacheFolder = folder.Path };
        var expected = SceneRenderer.Render(SceneWorld.Load(sources).Draw(SceneSplit.Train, 1, 0)).Pixels;
        var cache = Assert.Single(Directory.GetFiles(folder.Path));
        var bytes = File.ReadAllBytes(cache);
        bytes[^1000] ^= 0x55;
        File.WriteAllBytes(cache, bytes);

        Assert.Equal(expected, SceneRenderer.Render(SceneWorld.Load(sources).Draw(SceneSplit.Train, 1, 0)).Pixels);
        Assert.NotEqual(bytes, File.ReadAllBytes(cache));
    }

    private static string Text(Scene scene) => $"{string.Join(' ', scene.Items)} {scene.Background}";
}
