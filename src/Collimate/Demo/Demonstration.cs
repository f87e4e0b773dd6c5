using Collimate.Answering;
using Collimate.Data.Conversations;
using Collimate.Data.Scenes;
using Collimate.Evaluation;
using Collimate.Imaging;
using Collimate.Recipes;
using Collimate.Reports;
using Collimate.Training;

namespace Collimate.Demo;

/// <summary>How much the demonstration does.</summary>
public sealed record DemoSize
{
    /// <summary>The whole demonstration.</summary>
    public static DemoSize Full { get; } = new();

    /// <summary>A form of a minute or two, for checks of the machinery: too short to learn much.</summary>
    public static DemoSize Quick { get; } = new()
    {
        Overrides = ["stages.align.steps=12", "stages.instruct.steps=20"], BlindSteps = 10, Scenes = 48, BaselineScenes = 400, AlignmentScenes = 16,
    };

    /// <summary>Changes to the recipe.</summary>
    public IReadOnlyList<string> Overrides { get; init; } = [];

    /// <summary>Steps of the model that is trained blind.</summary>
    public long BlindSteps { get; init; } = 250;

    /// <summary>Scenes asked about in each test split.</summary>
    public int Scenes { get; init; } = 600;

    /// <summary>Scenes from which majority answers are learnt.</summary>
    public int BaselineScenes { get; init; } = 8000;

    /// <summary>Scenes whose patches are compared with the truth.</summary>
    public int AlignmentScenes { get; init; } = 100;
}

/// <summary>The main job from end to end: a small model is asked, trained, asked again, evaluated and reported on.</summary>
public sealed class Demonstration : IDisposable
{
    private const ulong TestSeed = 2026;
    private const int GalleryScenes = 8;
    private const int QuestionsPerPicture = 4;

    private readonly DemoSize size;
    private readonly string folder;
    private readonly int workers;
    private readonly string recipeFolder;
    private readonly RecipeRun run;

    /// <param name="recipePath">The recipe to train.</param>
    /// <param name="folder">Where everything is written.</param>
    /// <param name="workers">Worker threads.</param>
    /// <param name="size">How much is done.</param>
    /// <param name="resume">Whether to go on from an interrupted demonstration in the same folder.</param>
    public Demonstration(string recipePath, string folder, int workers, DemoSize size, bool resume = false)
    {
        (this.size, this.folder, this.workers) = (size, folder, workers);
        recipeFolder = Path.GetDirectoryName(Path.GetFullPath(recipePath))!;
        run = new RecipeRun(RecipeDocument.Load(recipePath, size.Overrides), recipeFolder, new RunOptions { Folder = folder, Workers = workers, Resume = resume });
        World = SceneSampleSource.World;
        Gallery = [.. Enumerable.Range(0, GalleryScenes).Select(k => DrawQuestions(k % 4 == 3 ? SceneSplit.TestUnseen : SceneSplit.TestCompositions, k))];
    }

    /// <summary>The gym.</summary>
    public SceneWorld World { get; }

    /// <summary>The run that is shown.</summary>
    public RecipeRun Run => run;

    /// <summary>Scenes and questions that the model is asked before and after training.</summary>
    public IReadOnlyList<(Scene Scene, IReadOnlyList<SceneQuestion> Questions)> Gallery { get; }

    /// <summary>Writes the first scene of the gallery as a picture.</summary>
    /// <returns>Its path.</returns>
    public string SaveScene()
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, "scene.png");
        ImageCodec.Save(SceneRenderer.Render(Gallery[0].Scene), path);
        return path;
    }

    /// <summary>Asks the model every question of the gallery.</summary>
    /// <returns>Per scene, per question: the answer.</returns>
    public IReadOnlyList<IReadOnlyList<string>> AskGallery()
    {
        var answerer = new Answerer(run.Built);
        return [.. Gallery.Select(item => answerer.AnswerAll([.. item.Questions.Select(q =>
            new Sample(item.Scene.Id, [ImageSource.FromImage(SceneRenderer.Render(item.Scene))], [new Turn("user", ConversationRenderer.ImageMarker + q.Text)]))]))];
    }

    /// <summary>Trains the same recipe's second stage without pictures: what can be learnt by guessing.</summary>
    /// <returns>The scores of that model on both test splits, or null where the training was interrupted.</returns>
    public (SceneScores Compositions, SceneScores Unseen)? TrainBlind(ITrainingObserver? observer, CancellationToken cancellation)
    {
        string[] changes = [.. size.Overrides, "stages.instruct.data.content=blind", $"stages.instruct.steps={size.BlindSteps}"];
        var document = RecipeDocument.Load(run.Document.Path, changes);
        var recipe = document.Bind<Recipes.Schema.Recipe>();
        var stage = recipe.Stages[^1] with { Name = "blind", LearningRates = new Dictionary<string, double> { ["language"] = recipe.Stages[^1].LearningRates["language"] } };
        using var blind = Recipes.Schema.ModelBuilder.Build(recipe.Model, recipeFolder, recipe.Seed);
        var surroundings = new StageSurroundings(blind, () => Recipes.Schema.ModelBuilder.Build(recipe.Model, recipeFolder, recipe.Seed), recipe, recipeFolder)
        {
            Workers = workers,
            Observer = observer,
        };
        var finished = StageRunner.Run(surroundings, stage, new StageState(0), cancellation);
        return finished
            ? (Evaluate(blind, SceneSplit.TestCompositions, Shown.Nothing, null, cancellation), Evaluate(blind, SceneSplit.TestUnseen, Shown.Nothing, null, cancellation))
            : null;
    }

    /// <summary>Evaluates the trained model.</summary>
    public SceneScores Evaluate(SceneSplit split, Shown shown, IProgress<int>? progress, CancellationToken cancellation) =>
        Evaluate(run.Built, split, shown, progress, cancellation);

    /// <summary>How many questions the majority answer of each kind gets right on a split.</summary>
    public IReadOnlyList<SceneBaseline> Baselines(SceneSplit split) =>
        SceneBaselines.Measure(World, SceneSplit.Train, split, size.BaselineScenes, size.BaselineScenes / 2);

    /// <summary>Measures which words the visual tokens mean.</summary>
    public AlignmentPictures MeasureAlignment() => AlignmentPictures.Measure(run.Built, size.AlignmentScenes, TestSeed);

    /// <inheritdoc/>
    public void Dispose() => run.Dispose();

    private SceneScores Evaluate(Recipes.Schema.BuiltModel built, SceneSplit split, Shown shown, IProgress<int>? progress, CancellationToken cancellation) =>
        SceneEvaluation.Run(built, split, size.Scenes, shown, TestSeed, progress: progress, cancellation: cancellation);

    private (Scene Scene, IReadOnlyList<SceneQuestion> Questions) DrawQuestions(SceneSplit split, int index)
    {
        var scene = World.Draw(split, TestSeed, 1000 + index);
        var random = new SceneRandom(TestSeed, "gallery", index);
        return (scene, SceneQuestions.Ask(scene, QuestionsPerPicture, ref random));
    }
}
