using Collimate.Recipes;

namespace Collimate.Tests.Recipes;

/// <summary>YAML reading: locations, duplicate keys, aliases, bases and limits.</summary>
public sealed class RecipeDocumentTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("recipes").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Parse_NestedMaps_KnowsLineColumnAndPath()
    {
        var document = RecipeDocument.Parse("model:\n  vision: clip\nstages:\n  - name: align\n    steps: 10\n");

        var stages = (RecipeList)document.Root.Find("stages")!.Value;
        var steps = ((RecipeMap)stages.Items[0]).Find("steps")!;

        Assert.Equal(5, steps.KeyLocation.Line);
        Assert.Equal(new RecipeLocation("recipe.yaml", 5, 12), steps.Value.Location);
        Assert.Equal("stages[0].steps", steps.Value.Path);
    }

    [Fact]
    public void Parse_DuplicateKey_NamesBothLines()
    {
        var failure = Fails("seed: 1\nsteps: 2\nseed: 3\n");

        Assert.Equal(3, failure.Line);
        Assert.Equal("recipe.yaml:3: the key 'seed' is given twice, first on line 1; keep one.", failure.Message);
    }

    [Theory]
    [InlineData("a: [1, 2\nb: 3\n", 1)]
    [InlineData("a: 1\nb: !<[> x\n", 2)]
    [InlineData("a: 1\n b: 2\n", 2)]
    [InlineData("a: 1\nb: \"open\n", 2)]
    [InlineData("a:\n  b: 1\n\tc: 2\n", 3)]
    [InlineData("a: 1\n---\nb: 2\n", 2)]
    [InlineData("a: 1\nb: *nowhere\n", 2)]
    [InlineData("a: 1\nb: !!int 3\n", 2)]
    [InlineData("a: 1\n? [x]\n: 2\n", 2)]
    [InlineData("- a\n- b\n", 1)]
    [InlineData("just words\n", 1)]
    public void Parse_BadYaml_SaysTheLine(string text, int line)
    {
        var failure = Fails(text);

        Assert.Equal(line, failure.Line);
        Assert.StartsWith($"recipe.yaml:{line}: ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_TabIndent_SaysSo() =>
        Assert.Contains("indented with a tab; use spaces", Fails("a:\n  b: 1\n\tc: 2\n").Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("# only a comment\n")]
    [InlineData("---\n")]
    public void Parse_Nothing_SaysEmpty(string text) =>
        Assert.Contains("is empty", Fails(text).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_AliasAndMergeKey_ShareTheBlock()
    {
        var document = RecipeDocument.Parse("common: &c {rate: 1, warm: 2}\na: *c\nb:\n  <<: *c\n  rate: 3\n");

        Assert.Equal("1", Scalar(document, "a", "rate"));
        Assert.Equal("3", Scalar(document, "b", "rate"));
        Assert.Equal("2", Scalar(document, "b", "warm"));
    }

    [Fact]
    public void Parse_AliasesThatUnfoldWithoutEnd_AreRefused()
    {
        var text = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
        for (var i = 1; i < 9; i++)
        {
            text += $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n";
        }

        Assert.Contains("more than 100,000 values", Fails(text).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_DeepNesting_IsRefused()
    {
        Assert.Contains("deeper than 64", Fails($"a: {new string('[', 5000)}").Message, StringComparison.Ordinal);
        Assert.Contains("deeper than 64", Fails(string.Concat(Enumerable.Range(0, 70).Select(i => $"{new string(' ', i)}k:\n"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_HugeText_IsRefused() =>
        Assert.Contains("characters long", Fails($"a: {new string('x', 2_000_000)}").Message, StringComparison.Ordinal);

    [Fact]
    public void Load_MissingFile_SaysSo()
    {
        var path = Path.Combine(folder, "none.yaml");

        var failure = Assert.Throws<RecipeException>(() => RecipeDocument.Load(path));

        Assert.Equal($"{path}: the recipe '{path}' cannot be read: there is no such file.", failure.Message);
        Assert.True(failure.IsBadInput);
    }

    [Fact]
    public void Load_Folder_SaysSo() =>
        Assert.Contains("it is a folder", Assert.Throws<RecipeException>(() => RecipeDocument.Load(folder)).Message, StringComparison.Ordinal);

    [Fact]
    public void Load_Base_MergesMapsAndNamedLists()
    {
        Write("base.yaml", "seed: 1\nmodel: {connector: {type: mlp, width: 8}, vision: clip}\nstages:\n- {name: align, steps: 10}\n- {name: instruct, steps: 20}\nsizes: [1, 2, 3]\n");
        var path = Write("child.yaml", "base: base.yaml\nmodel:\n  connector: {width: 16}\nstages:\n- {name: instruct, steps: 99}\n- {name: polish, steps: 5}\nsizes: [4]\n");

        var document = RecipeDocument.Load(path);

        var stages = (RecipeList)document.Root.Find("stages")!.Value;
        Assert.Equal(["align", "instruct", "polish"], stages.Items.Select(RecipeList.NameOf));
        Assert.Equal("99", ((RecipeScalar)((RecipeMap)stages.Items[1]).Find("steps")!.Value).Text);
        Assert.Equal("16", ((RecipeScalar)((RecipeMap)((RecipeMap)document.Root.Find("model")!.Value).Find("connector")!.Value).Find("width")!.Value).Text);
        Assert.Equal("clip", Scalar(document, "model", "vision"));
        Assert.Single(((RecipeList)document.Root.Find("sizes")!.Value).Items);
        Assert.Null(document.Root.Find("base"));
        Assert.Equal(2, document.Files.Count);
    }

    [Fact]
    public void Load_BaseOfAnotherType_DropsItsOptions()
    {
        Write("base.yaml", "connector: {type: mlp, width: 8}\n");
        var path = Write("child.yaml", "base: base.yaml\nconnector: {type: linear}\n");

        Assert.Single(((RecipeMap)RecipeDocument.Load(path).Root.Find("connector")!.Value).Entries);
    }

    [Fact]
    public void Load_BaseInError_PointsIntoTheBase()
    {
        var under = Write("base.yaml", "seed: 1\nseed: 2\n");
        var path = Write("child.yaml", "base: base.yaml\n");

        Assert.StartsWith($"{under}:2: ", Assert.Throws<RecipeException>(() => RecipeDocument.Load(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_BaseMissing_PointsAtTheLineThatAsks()
    {
        var path = Write("child.yaml", "seed: 1\nbase: nowhere.yaml\n");

        Assert.StartsWith($"{path}:2: ", Assert.Throws<RecipeException>(() => RecipeDocument.Load(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_BaseInACircle_ShowsTheCircle()
    {
        Write("a.yaml", "base: b.yaml\n");
        var path = Write("b.yaml", "base: a.yaml\n");

        Assert.Contains("b.yaml -> a.yaml -> b.yaml", Assert.Throws<RecipeException>(() => RecipeDocument.Load(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_SeveralBases_LaterWins()
    {
        Write("a.yaml", "x: 1\ny: 1\n");
        Write("b.yaml", "y: 2\n");
        var path = Write("c.yaml", "include: [a.yaml, b.yaml]\n");

        var document = RecipeDocument.Load(path);

        Assert.Equal(("1", "2"), (Scalar(document, "x"), Scalar(document, "y")));
    }

    private static string Scalar(RecipeDocument document, params string[] keys)
    {
        RecipeNode node = document.Root;
        foreach (var key in keys)
        {
            node = ((RecipeMap)node).Find(key)!.Value;
        }

        return ((RecipeScalar)node).Text;
    }

    private static RecipeException Fails(string text) => Assert.Throws<RecipeException>(() => RecipeDocument.Parse(text));

    private string Write(string name, string text)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
