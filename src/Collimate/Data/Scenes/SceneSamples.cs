using Collimate.Data.Conversations;
using Collimate.Imaging;

namespace Collimate.Data.Scenes;

/// <summary>Scenes as conversations: the one form in which training, evaluation and the demo ask about them.</summary>
public static class SceneSamples
{
    private const string DetailedRequest = "describe the picture.";
    private const string ShortRequest = "name the objects.";

    /// <summary>A picture, and what is said about it.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="exchanges">Questions and answers.</param>
    /// <param name="instead">Another picture in place of the scene's own.</param>
    public static Sample WithPicture(Scene scene, IReadOnlyList<(string Question, string Answer)> exchanges, Image? instead = null) =>
        new(scene.Id, [instead is null ? ImageSource.FromPainter(() => SceneRenderer.Render(scene), scene.Id) : ImageSource.FromImage(instead)], [new Turn("system", "<image>"), .. Turns(exchanges)]);

    /// <summary>A description in words (or none), and what is said about it.</summary>
    public static Sample WithPreamble(Scene scene, string? description, IReadOnlyList<(string Question, string Answer)> exchanges) =>
        new(scene.Id, [], description is null ? [.. Turns(exchanges)] : [new Turn("system", description), .. Turns(exchanges)]);

    /// <summary>A request for a caption, and the caption.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="random">Where choices come from.</param>
    /// <param name="style">How the scene is described; where null, three times in four with places and else by names, each after a request of its own.</param>
    public static (string Question, string Answer) Caption(Scene scene, ref SceneRandom random, CaptionStyle? style = null) => style is { } one
        ? (DetailedRequest, SceneCaptions.Describe(scene, one, ref random))
        : random.Chance(0.75)
            ? (DetailedRequest, SceneCaptions.Describe(scene, CaptionStyle.Detailed, ref random))
            : (ShortRequest, SceneCaptions.Describe(scene, CaptionStyle.Short, ref random));

    internal static IEnumerable<Turn> Turns(IReadOnlyList<(string Question, string Answer)> exchanges) =>
        exchanges.SelectMany(e => new[] { new Turn("user", e.Question), new Turn("assistant", e.Answer) });
}
