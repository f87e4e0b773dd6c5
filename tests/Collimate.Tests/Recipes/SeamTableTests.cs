using Collimate.Recipes;

namespace Collimate.Tests.Recipes;

/// <summary>Choosing one implementation of a seam by its <c>type:</c> word.</summary>
public sealed class SeamTableTests
{
    private static readonly SeamTable<int, string> Connectors = new SeamTable<int, string>("connector")
        .Register<MlpOptions>("mlp", (options, width) => $"mlp {options.Depth}x{width}")
        .Register("identity", width => $"identity {width}");

    [Theory]
    [InlineData("connector: mlp\n", "mlp 2x64")]
    [InlineData("connector: {type: mlp, depth: 5}\n", "mlp 5x64")]
    [InlineData("connector: identity\n", "identity 64")]
    [InlineData("connector: {type: identity}\n", "identity 64")]
    public void Create_KnownType_MakesIt(string text, string expected) =>
        Assert.Equal(expected, Connectors.Create(Node(text), 64));

    [Theory]
    [InlineData("connector: mpl\n", "recipe.yaml:1: connector: unknown connector 'mpl'; did you mean 'mlp'? Known: identity, mlp.")]
    [InlineData("connector:\n  depth: 5\n  type: qformer\n", "recipe.yaml:3: connector.type: unknown connector 'qformer'. Known: identity, mlp.")]
    [InlineData("connector:\n  depth: 5\n", "recipe.yaml:2: connector: the key 'type' is missing; choose a connector: identity, mlp.")]
    [InlineData("connector:\n  type: mlp\n  deph: 5\n", "recipe.yaml:3: unknown key 'deph' in connector for type 'mlp'; did you mean 'depth'? Known keys: depth.")]
    [InlineData("connector:\n  type: mlp\n  depth: x\n", "recipe.yaml:3: connector.depth: expected a whole number, found 'x'.")]
    [InlineData("connector:\n  type: identity\n  depth: 1\n", "recipe.yaml:3: unknown key 'depth'; the connector 'identity' has no options.")]
    [InlineData("connector: [mlp]\n", "recipe.yaml:1: connector: expected a connector (one of: identity, mlp), alone or as 'type:' of a map; found a list.")]
    [InlineData("connector:\n", "recipe.yaml:1: names no connector; choose one: identity, mlp.")]
    public void Create_BadChoice_SaysWhatIsKnown(string text, string message) =>
        Assert.Equal(message, Assert.Throws<RecipeException>(() => Connectors.Create(Node(text), 64)).Message);

    [Fact]
    public void Read_NothingWithADefault_ChoosesIt()
    {
        var fusions = new SeamTable<int, string>("fusion", defaultType: "none").Register("none", _ => "nothing");

        var choice = fusions.Read(null);

        Assert.Equal(("none", "nothing"), (choice.Type, choice.Build(0)));
    }

    [Fact]
    public void Read_Choice_BuildsNothingYet()
    {
        var built = 0;
        var table = new SeamTable<int, string>("connector").Register<MlpOptions>("mlp", (_, _) => $"{++built}");

        var choice = table.Read(Node("connector: {type: mlp, depth: 4}\n"));

        Assert.Equal(0, built);
        Assert.Equal(4, Assert.IsType<MlpOptions>(choice.Options).Depth);
        Assert.Equal("1", choice.Build(0));
    }

    [Fact]
    public void Register_WordTwice_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new SeamTable<int, string>("x").Register("a", _ => "").Register("a", _ => ""));

    private static RecipeNode Node(string text) => RecipeDocument.Parse(text).Root.Find("connector")!.Value;

    private sealed record MlpOptions
    {
        public int Depth { get; init; } = 2;
    }
}
