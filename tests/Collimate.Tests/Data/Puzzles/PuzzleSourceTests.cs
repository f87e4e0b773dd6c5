using Collimate.Data;
using Collimate.Data.Puzzles;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Torch;

namespace Collimate.Tests.Data.Puzzles;

public sealed class PuzzleSourceTests : IDisposable
{
    private readonly SmartFolder folder = new SmartFolder().Puzzle(2, "2|3|4|5|9 C", "1|2|3|4|5 A", "1|2|3|4|5 B", "1|2|3|4|5 D", "1|2|3|4|5 E");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void At_Puzzle_IsAskedWithItsOptionsAndAnsweredByALetter()
    {
        var sample = new PuzzleSource(new() { Path = folder.Path, Shuffle = false }).At(0);

        Assert.Equal("<image>\nHow many?\nA: 2\nB: 3\nC: 4\nD: 5\nE: 9\nAnswer with the letter of the right option.", sample.Conversation[0].Text);
        Assert.Equal("C", sample.Conversation[1].Text);
        Assert.Equal("2#0", sample.Id);
        Assert.EndsWith(Path.Combine("2", "img", "p0.png"), Assert.Single(sample.Images).File);
    }

    [Fact]
    public void Create_FromARecipe_TakesThePartAndTheSplit()
    {
        using var generator = new Generator(1);
        var recipe = "type: puzzles\npath: .\npart: test\nsplits: { train_share: 40, validation_share: 20, puzzles: [2] }\nshuffle: false\n";
        var source = Seams.Data.Create(RecipeDocument.Parse(recipe, "recipe.yaml").Root, new SeamContext(folder.Path, generator, 1, 1));

        Assert.Equal(2, source.Count);
        Assert.Equal(["D", "E"], source.Draw(0, 2).Select(sample => sample.Conversation[1].Text));
        Assert.Contains("are more than all rows", Assert.Throws<RecipeException>(() => Seams.Data.Create(
            RecipeDocument.Parse("type: puzzles\npath: .\nsplits: { train_share: 90, validation_share: 20 }\n", "recipe.yaml").Root, new SeamContext(folder.Path, generator, 1, 1))).Message);
    }

    [Fact]
    public void Create_EmptyPart_IsRefused() => Assert.Contains(
        "the part 'validation' holds no puzzles", Assert.Throws<DataException>(() => new PuzzleSource(new() { Path = folder.Path, Part = PuzzlePart.Validation })).Message);
}
