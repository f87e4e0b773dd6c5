using Collimate.Recipes;

namespace Collimate.Tests.Recipes;

/// <summary>The command line's <c>--set path=value</c>.</summary>
public sealed class RecipeOverrideTests
{
    private const string Text = "seed: 1\nconnector: mlp\nstages:\n- {name: align, steps: 10}\n- {name: instruct, steps: 20}\nsizes: [1, 2]\n";

    [Theory]
    [InlineData("seed=7", "seed", "7")]
    [InlineData("stages[1].steps=200", "stages[1].steps", "200")]
    [InlineData("stages.instruct.steps=200", "stages[1].steps", "200")]
    [InlineData("optimizer.learning_rate=1e-3", "optimizer.learning_rate", "1e-3")]
    [InlineData("sizes[2]=9", "sizes[2]", "9")]
    [InlineData("connector.width=64", "connector.width", "64")]
    [InlineData("connector.width=64", "connector.type", "mlp")]
    [InlineData("connector={type: linear, bias: false}", "connector.bias", "false")]
    [InlineData("seed=a=b", "seed", "a=b")]
    [InlineData("groups.\"vision.*\".rate=3", "groups.\"vision.*\".rate", "3")]
    [InlineData("seed=", "seed", "")]
    public void Parse_Override_SetsTheValue(string change, string path, string expected)
    {
        var document = RecipeDocument.Parse(Text, overrides: [change]);

        var found = Leaves(document.Root).Single(leaf => leaf.Path == path);

        Assert.Equal(expected, found.Text);
    }

    [Fact]
    public void Parse_Override_LeavesEverythingElse()
    {
        var before = Leaves(RecipeDocument.Parse(Text).Root).Where(leaf => leaf.Path != "stages[1].steps").Select(leaf => (leaf.Path, leaf.Text, leaf.Location));
        var after = Leaves(RecipeDocument.Parse(Text, overrides: ["stages[1].steps=5"]).Root).Where(leaf => leaf.Path != "stages[1].steps").Select(leaf => (leaf.Path, leaf.Text, leaf.Location));

        Assert.Equal(before, after);
    }

    [Fact]
    public void Parse_OverrideOfAnAliasedBlock_ChangesOnlyOnePlace()
    {
        var document = RecipeDocument.Parse("a: &x {n: 1}\nb: *x\n", overrides: ["b.n=2"]);

        Assert.Equal(["1", "2"], Leaves(document.Root).Select(leaf => leaf.Text));
    }

    [Theory]
    [InlineData("stages.instrukt.steps=1", "--set stages.instrukt.steps: 'stages' has no item named 'instrukt'; did you mean 'instruct'? It has: align, instruct.")]
    [InlineData("stages[5].steps=1", "--set stages[5].steps: 'stages' has 2 items; the next one to add is [2].")]
    [InlineData("seed[0]=1", "--set seed[0]: 'seed' is '1', not a list, so it has no item [0].")]
    [InlineData("sizes.first=1", "--set sizes.first: 'sizes' is a list whose items have no names; give a place instead of 'first', as in sizes[0].")]
    [InlineData("seed", "--set seed: there is no '='")]
    [InlineData("=3", "--set =3: a key is empty")]
    [InlineData("a..b=3", "--set a..b=3: a key is empty")]
    [InlineData("a[x]=3", "--set a[x]=3: an index is a number in brackets")]
    [InlineData("a[1", "--set a[1: an index is a number in brackets")]
    [InlineData("\"a=3", "--set \"a=3: a quote is not closed")]
    [InlineData("seed=[1, 2", "--set seed: is not valid YAML: ")]
    [InlineData("seed={a: 1, a: 2}", "--set seed: the key 'a' is given twice; keep one.")]
    public void Parse_BadOverride_SaysWhichAndWhy(string change, string message)
    {
        var failure = Assert.Throws<RecipeException>(() => RecipeDocument.Parse(Text, overrides: [change]));

        Assert.StartsWith(message, failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, failure.Line);
    }

    [Fact]
    public void Bind_OverrideOfTheWrongKind_BlamesTheOverride()
    {
        var document = RecipeDocument.Parse("seed: 1\n", overrides: ["seed=many"]);

        var failure = Assert.Throws<RecipeException>(() => document.Bind<SeedOptions>());

        Assert.Equal("--set seed: expected a whole number, found 'many'.", failure.Message);
    }

    [Fact]
    public void Bind_OverrideOfAnUnknownKey_BlamesTheOverride()
    {
        var document = RecipeDocument.Parse("seed: 1\n", overrides: ["sead=2"]);

        var failure = Assert.Throws<RecipeException>(() => document.Bind<SeedOptions>());

        Assert.Equal("--set sead: unknown key 'sead'; did you mean 'seed'? Known keys: seed.", failure.Message);
    }

    private static IEnumerable<RecipeScalar> Leaves(RecipeNode node) => node switch
    {
        RecipeScalar scalar => [scalar],
        RecipeList list => list.Items.SelectMany(Leaves),
        RecipeMap map => map.Entries.SelectMany(entry => Leaves(entry.Value)),
        _ => [],
    };

    private sealed record SeedOptions
    {
        public int Seed { get; init; }
    }
}
