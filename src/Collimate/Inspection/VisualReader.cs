using Collimate.Alignment;
using Collimate.Alignment.Connectors;
using Collimate.Alignment.Towers;
using Collimate.Data.Conversations;
using Collimate.Data.Scenes;
using Collimate.Imaging;
using Collimate.Recipes.Schema;
using Collimate.Torch;
using Collimate.Torch.Serialization;
using Collimate.Training.Programs;

namespace Collimate.Inspection;

/// <summary>Shows pictures to a model as training does, and hands on what they become in the decoder's space.</summary>
public sealed class VisualReader
{
    private const int MostExchanges = 4;

    private readonly BuiltModel built;
    private readonly ConversationBatcher batcher;
    private readonly int skipped;

    /// <param name="built">The model; stays the caller's, and is set to answering.</param>
    /// <exception cref="CheckpointException">The model has no vision tower, or no connector that brings patches into the decoder's space.</exception>
    public VisualReader(BuiltModel built)
    {
        this.built = built;
        var model = built.Model;
        if (Obstacle(built) is { } obstacle)
        {
            throw new CheckpointException(obstacle);
        }

        model.SetTraining(false);
        var (tokens, patches) = (model.Connector.TokenCount(model.Vision.TokenCount + model.Conditioning.KeptTokens), model.Vision.Grid.Count);
        // Features that a tower puts before its patches, such as a class token, lie nowhere on the picture.
        skipped = tokens == model.Vision.TokenCount ? tokens - patches : 0;
        Grid = tokens - skipped == patches ? model.Vision.Grid : default;
        batcher = new ConversationBatcher(built.Tokenizer, built.Template, built.Processor, model.Language.Config.MaxPositions, model.TokensPerImage, Packed: built.Llava is null);
    }

    /// <summary>Why a model has no visual tokens that could be compared with words, or null where it has some.</summary>
    /// <param name="built">The model.</param>
    public static string? Obstacle(BuiltModel built) => built.Model.Vision switch
    {
        NoTower => "the model has no vision tower, so it has no visual tokens to compare with words; name a model that can see",
        _ when built.Model.Connector.LeavesPlacesEmpty => "the model's connector leaves a picture's places empty for its fusion to fill, so it has no visual tokens to compare with words; name a model whose pictures enter as tokens",
        var tower when built.Model.Connector is IdentityConnector && tower.Width != built.Model.Language.Config.HiddenSize => Unconnected(built, tower.Width),
        _ => null,
    };

    /// <summary>How visual tokens lie on a picture; none where they do not lie on its patches one by one, as a resampler's do not.</summary>
    public PatchGrid Grid { get; }

    /// <summary>Whether each visual token stands for a patch of its own.</summary>
    public bool LiesOnPatches => Grid.Count > 0;

    /// <summary>A scene with as many of its questions as the model's context holds.</summary>
    /// <param name="scene">The scene.</param>
    public Sample OfScene(Scene scene)
    {
        var random = new SceneRandom(scene.Seed, "alignment", scene.Index);
        (string, string)[] asked = [.. SceneQuestions.Ask(scene, built.Model.LooksByQuestion ? 1 : MostExchanges, ref random).Select(question => (question.Text, question.Answer)).OrderBy(turn => turn.Text.Length)];
        var unlimited = batcher with { ContextLength = int.MaxValue };
        var count = asked.Length;
        while (count > 1 && unlimited.Length(Conversation(scene, asked[..count])) > batcher.ContextLength)
        {
            count--;
        }

        return Conversation(scene, asked[..count]);
    }

    /// <summary>A question about a picture.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="question">The question; only models whose eye reads the text see something else for another one.</param>
    public static Sample OfPicture(ImageSource picture, string question) =>
        new(picture.Origin, [picture], [new Turn("user", ConversationRenderer.ImageMarker + "\n" + question)]);

    /// <summary>A picture as the tower is shown it.</summary>
    /// <param name="picture">The picture.</param>
    public Image Shown(Image picture) => built.Processor!.Fit(picture);

    /// <summary>Composes samples as training does; what it makes lives as long as the tensor scope around the call.</summary>
    /// <param name="samples">Conversations about one picture each, all answered or all ending with the user.</param>
    /// <exception cref="Data.DataException">A conversation does not fit the model's context.</exception>
    public ComposedInput Compose(IReadOnlyList<Sample> samples)
    {
        using var batch = batcher.ToBatch(samples, samples[0].Conversation[^1].Role == "user", built.Model.Device);
        return built.Model.Compose(batch);
    }

    /// <summary>The visual tokens, those that stand for patches where there are such.</summary>
    /// <param name="composed">What <see cref="Compose"/> gave.</param>
    /// <returns><c>[images, tokens, hidden]</c></returns>
    /// <exception cref="CheckpointException">They are not as wide as the decoder's embeddings.</exception>
    public Tensor Tokens(ComposedInput composed)
    {
        var visual = composed.Visual!;
        return visual.Size(2) != built.Model.Language.Config.HiddenSize ? throw new CheckpointException(Unconnected(built, visual.Size(2)))
            : LiesOnPatches ? visual.Narrow(1, skipped, Grid.Count)
            : visual;
    }

    private static string Unconnected(BuiltModel built, long width) =>
        $"the model has no connector: its patches are {width} wide and the decoder's embeddings {built.Model.Language.Config.HiddenSize}, so no visual token can be compared with a word; name a model whose connector brings patches into the decoder's space";

    // The gym's own models are trained with the picture before all questions; a LLaVA checkpoint has it in the first one.
    private Sample Conversation(Scene scene, (string Question, string Answer)[] exchanges)
    {
        if (built.Llava is null)
        {
            return SceneSamples.WithPicture(scene, exchanges);
        }

        exchanges[0].Question = ConversationRenderer.ImageMarker + "\n" + exchanges[0].Question;
        return new Sample(
            scene.Id, [ImageSource.FromPainter(() => SceneRenderer.Render(scene), scene.Id)],
            [.. exchanges.SelectMany(exchange => (Turn[])[new("user", exchange.Question), new("assistant", exchange.Answer)])]);
    }
}
