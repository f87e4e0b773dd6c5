using Collimate.Imaging;

namespace Collimate.Data.Scenes;

/// <summary>A scene with everything that an export says about it.</summary>
internal sealed record ExportedScene(Scene Scene, byte[] Png, IReadOnlyList<string> Captions, IReadOnlyList<SceneQuestion> Questions)
{
    internal string ImageName => $"{Scene.Id}.png";

    internal static ExportedScene Make(SceneWorld world, SceneExportOptions options, long index)
    {
        var scene = world.Draw(options.Split, options.Seed, index);
        var random = new SceneRandom(options.Seed, $"export/{SceneWorld.NameOf(options.Split)}", index);
        var questions = SceneQuestions.Ask(scene, options.QuestionsPerScene, ref random);
        var captions = new List<string>();
        foreach (var style in Enum.GetValues<CaptionStyle>())
        {
            captions.Add(SceneCaptions.Describe(scene, style, ref random));
        }

        return new ExportedScene(scene, ImageCodec.Encode(SceneRenderer.Render(scene), ImageFormat.Png), captions, questions);
    }
}
