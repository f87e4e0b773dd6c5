using Collimate.Data.Scenes;

namespace Collimate.Tests.Data.Scenes;

public sealed class SceneRendererTests
{
    [Fact]
    public void Render_SameScene_SameBytes()
    {
        var scene = GymWorld.World.Draw(SceneSplit.Train, 1, 5);

        var picture = SceneRenderer.Render(scene);

        Assert.Equal((96, 96, 3), (picture.Width, picture.Height, picture.Channels));
        Assert.Equal(picture.Pixels, SceneRenderer.Render(GymWorld.World.Draw(SceneSplit.Train, 1, 5)).Pixels);
    }

    [Fact]
    public void Render_IntoPlanes_EqualsNormalisedPicture()
    {
        var scene = GymWorld.World.Draw(SceneSplit.Train, 1, 7);
        float[] mean = [0.1f, 0.5f, 0.7f];
        float[] std = [0.5f, 0.25f, 2f];
        var planes = new float[3 * 96 * 96];

        SceneRenderer.Render(scene, planes, mean, std);

        var picture = SceneRenderer.Render(scene);
        for (var at = 0; at < planes.Length; at++)
        {
            var (channel, pixel) = (at / (96 * 96), at % (96 * 96));
            Assert.Equal(((picture.Pixels[(pixel * 3) + channel] / 255f) - mean[channel]) / std[channel], planes[at], 1e-6f);
        }
    }

    [Fact]
    public void Render_OutsideTheItems_IsGround()
    {
        var scene = GymWorld.World.Draw(SceneSplit.Train, 1, 9);
        var picture = SceneRenderer.Render(scene);
        var outside = 0;
        for (var pixel = 0; pixel < 96 * 96; pixel++)
        {
            var (x, y) = (pixel % 96, pixel / 96);
            if (scene.Items.All(item => x < item.X || y < item.Y || x >= item.X + item.Size || y >= item.Y + item.Size))
            {
                outside++;
                Assert.Equal(((scene.Background.TopRed * (95 - y)) + (scene.Background.BottomRed * y)) / 95, picture.Pixels[pixel * 3]);
            }
        }

        Assert.True(outside > 1000);
    }

    [Fact]
    public void Render_WrongLengths_AreRefused()
    {
        var scene = GymWorld.World.Draw(SceneSplit.Train, 1, 9);

        Assert.Throws<ArgumentException>(() => SceneRenderer.Render(scene, new float[5], [0, 0, 0], [1, 1, 1]));
        Assert.Throws<ArgumentException>(() => SceneRenderer.Render(scene, new float[3 * 96 * 96], [0], [1, 1, 1]));
    }

    [Theory]
    [InlineData(8, 8, 0.25)]
    [InlineData(12, 12, 0.25)]
    [InlineData(7, 5, 0.5)]
    [InlineData(3, 3, 0.0)]
    public void PatchTruth_AnyGrid_EqualsSlowPixelCount(int columns, int rows, double cover)
    {
        foreach (var scene in GymWorld.Scenes(SceneSplit.Pretrain, 40))
        {
            Assert.Equal(SlowTruth(scene, columns, rows, cover), SceneRenderer.PatchTruth(scene, columns, rows, cover));
        }
    }

    [Fact]
    public void PatchTruth_NineCells_ShowsEveryItemInItsCell()
    {
        foreach (var scene in GymWorld.Scenes(SceneSplit.Train, 200))
        {
            var truth = SceneRenderer.PatchTruth(scene, 3, 3, minimumCover: 0.1);

            Assert.All(scene.Items, item => Assert.Equal(item.Item, truth[item.Cell]));
        }
    }

    [Theory]
    [InlineData(0, 8)]
    [InlineData(8, 97)]
    public void PatchTruth_ImpossibleGrid_IsRefused(int columns, int rows)
    {
        var scene = GymWorld.World.Draw(SceneSplit.Train, 1, 9);

        Assert.Throws<ArgumentOutOfRangeException>(() => SceneRenderer.PatchTruth(scene, columns, rows));
    }

    /// <summary>Asks for every pixel which item is on top, and for every patch who has most pixels.</summary>
    private static int[] SlowTruth(Scene scene, int columns, int rows, double cover) =>
        [.. from row in Enumerable.Range(0, rows) from column in Enumerable.Range(0, columns) select SlowPatch(scene, columns, rows, cover, column, row)];

    private static int SlowPatch(Scene scene, int columns, int rows, double cover, int column, int row)
    {
        var pixels = (from y in Enumerable.Range(0, 96) from x in Enumerable.Range(0, 96)
                      where ((x + 1) * columns - 1) / 96 == column && ((y + 1) * rows - 1) / 96 == row select OnTop(scene, x, y)).ToArray();
        var opaque = pixels.Where(item => item >= 0).ToArray();
        if (opaque.Length == 0 || opaque.Length < cover * pixels.Length)
        {
            return -1;
        }

        var order = scene.Items.Select(item => item.Item).ToList();
        return opaque.GroupBy(item => item).OrderByDescending(group => group.Count()).ThenBy(group => order.IndexOf(group.Key)).First().Key;
    }

    private static int OnTop(Scene scene, int x, int y)
    {
        foreach (var item in scene.Items.Reverse())
        {
            var (inX, inY) = (x - item.X, y - item.Y);
            if (inX >= 0 && inY >= 0 && inX < item.Size && inY < item.Size &&
                scene.World.Glyphs[item.Item, item.Size][(((inY * item.Size) + inX) * 4) + 3] >= 128)
            {
                return item.Item;
            }
        }

        return -1;
    }
}
