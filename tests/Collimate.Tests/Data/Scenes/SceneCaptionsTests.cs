using Collimate.Data.Scenes;

namespace Collimate.Tests.Data.Scenes;

public sealed class SceneCaptionsTests
{
    [Fact]
    public void Describe_ShortAndDetailed_ListEverythingInRasterOrder()
    {
        foreach (var scene in GymWorld.Scenes(SceneSplit.Train, 200))
        {
            var random = new SceneRandom(1, "captions", scene.Index);
            var names = scene.Items.Select(scene.NameOf).ToArray();
            var placed = scene.Items.Select(item => $"{ScenePositions.Names[item.Cell]} {scene.NameOf(item)}").ToArray();

            Assert.Equal(names, Parts(SceneCaptions.Describe(scene, CaptionStyle.Short, ref random)));
            Assert.Equal(placed, Parts(SceneCaptions.Describe(scene, CaptionStyle.Detailed, ref random)));
            Assert.Equal(placed.Order(), Parts(SceneCaptions.Describe(scene, CaptionStyle.Shuffled, ref random)).Order());
        }
    }

    [Fact]
    public void Describe_Relations_AreTrue()
    {
        var checkedRelations = 0;
        foreach (var scene in GymWorld.Scenes(SceneSplit.Train, 300))
        {
            var random = new SceneRandom(1, "captions", scene.Index);
            foreach (var words in Parts(SceneCaptions.Describe(scene, CaptionStyle.Relations, ref random)).Select(part => part.Split(' ')).Where(part => part.Length > 1))
            {
                var first = scene.Objects.Single(item => scene.NameOf(item) == words[0]);
                var second = scene.Objects.Single(item => scene.NameOf(item) == words[^1]);
                Assert.True(QuestionSolver.Holds(first, words[1], second));
                checkedRelations++;
            }
        }

        Assert.True(checkedRelations > 100);
    }

    [Theory]
    [InlineData(8, 8)]
    [InlineData(12, 4)]
    public void Map_AnyGrid_HasAWordAPatch(int columns, int rows)
    {
        foreach (var scene in GymWorld.Scenes(SceneSplit.Pretrain, 100))
        {
            var words = SceneCaptions.Map(scene, columns, rows).Split(' ');
            var truth = SceneRenderer.PatchTruth(scene, columns, rows);

            Assert.Equal(columns * rows, words.Length);
            Assert.Equal(truth.Select(item => item < 0 ? "empty" : scene.World.Items[item].Name), words);
        }
    }

    [Fact]
    public void Map_EightByEight_ShowsEveryItem()
    {
        foreach (var scene in GymWorld.Scenes(SceneSplit.Pretrain, 1000))
        {
            Assert.Subset(SceneCaptions.Map(scene, 8, 8).Split(' ').ToHashSet(), scene.Items.Select(scene.NameOf).ToHashSet());
        }
    }

    [Fact]
    public void Describe_TrainingSplit_NeverNamesTheUnseen()
    {
        var unseen = GymWorld.World.Objects.Where(item => GymWorld.World.IsUnseen(item.Id)).Select(item => item.Name).ToHashSet();
        foreach (var scene in GymWorld.Scenes(SceneSplit.Train, 500))
        {
            var random = new SceneRandom(1, "captions", scene.Index);
            foreach (var style in Enum.GetValues<CaptionStyle>())
            {
                Assert.DoesNotContain(SceneCaptions.Describe(scene, style, ref random).TrimEnd('.').Replace(",", "").Split(' '), unseen.Contains);
            }
        }
    }

    private static string[] Parts(string caption)
    {
        Assert.EndsWith(".", caption);
        return caption[..^1].Split(", ");
    }
}
