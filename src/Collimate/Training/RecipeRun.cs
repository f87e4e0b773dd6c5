using Collimate.Evaluation.Language;
using Collimate.Planning;
using Collimate.Recipes;
using Collimate.Recipes.Schema;

namespace Collimate.Training;

/// <summary>What a run may be told besides its recipe.</summary>
public sealed record RunOptions
{
    /// <summary>Where everything is written.</summary>
    public required string Folder { get; init; }

    /// <summary>Worker threads.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>The most steps of each stage; null for what the recipe says.</summary>
    public long? MaxSteps { get; init; }

    /// <summary>Steps between two checkpoints; 0 for none but at an interruption.</summary>
    public long SaveEvery { get; init; }

    /// <summary>How many checkpoints stay.</summary>
    public int Kept { get; init; } = 2;

    /// <summary>The bound on memory, in bytes, that a plan keeps to and a micro-batch is found for; what is available where null.</summary>
    public long? Memory { get; init; }

    /// <summary>Whether to go on from the newest checkpoint in the folder.</summary>
    public bool Resume { get; init; }

    /// <summary>The other processes that train the same model; null for one alone. Rank 0 writes everything, and all of them read the folder.</summary>
    public IRankGroup? Ranks { get; init; }
}

/// <summary>A recipe trained from its first stage to its last, with checkpoints on the way and the finished model at the end.</summary>
public sealed class RecipeRun : IDisposable
{
    private readonly RunOptions options;
    private readonly string recipeFolder;
    private readonly LanguageRetention? retention;

    /// <summary>Reads and builds everything; nothing is trained or written yet.</summary>
    /// <param name="document">The recipe.</param>
    /// <param name="recipeFolder">Where its relative paths start from.</param>
    /// <param name="options">Where and how to run.</param>
    public RecipeRun(RecipeDocument document, string recipeFolder, RunOptions options)
    {
        (Document, this.recipeFolder, this.options) = (document, recipeFolder, options);
        Recipe = document.Bind<Recipe>();
        PackingChecks.Check(Recipe);
        Built = ModelBuilder.Build(Recipe.Model, recipeFolder, Recipe.Seed);
        PatchChecks.Check(Recipe, Built);
        FusionChecks.Check(Recipe, Built.Model);
        StageRunner.CheckFeatures(Built, Recipe);
        retention = Recipe.Retention is { } asked ? new LanguageRetention(asked, recipeFolder) : null;
    }

    /// <summary>The recipe as a document.</summary>
    public RecipeDocument Document { get; }

    /// <summary>The recipe.</summary>
    public Recipe Recipe { get; }

    /// <summary>The model; trained in place.</summary>
    public BuiltModel Built { get; }

    /// <summary>The stages in which a position may see what it is to predict.</summary>
    public IReadOnlyList<string> RevealingStages =>
        [.. Recipe.Stages.Where(stage => stage.Attention is not null && StageRunner.PolicyOf(stage, Built, Recipe, recipeFolder).RevealsAnswers).Select(stage => stage.Name)];

    /// <summary>Where the finished model lies.</summary>
    public string ModelPath => Path.Combine(options.Folder, "model");

    /// <summary>Finds out what the run will take, without training: passes over a few samples are counted and timed.</summary>
    /// <param name="processes">How many processes are to share every batch.</param>
    /// <param name="here">How many of them on this machine.</param>
    public RecipePlan Plan(int processes = 1, int here = 1) =>
        RecipePlan.Make(Surroundings(null, null), PlanTerms.Here(options.Memory, processes, here), options.Kept);

    /// <summary>Trains all stages that are left.</summary>
    /// <param name="observer">Is told of every step.</param>
    /// <param name="afterStage">Is told when a stage is finished.</param>
    /// <param name="cancellation">Ends the run after the step in hand; a checkpoint is kept then.</param>
    /// <returns>Null when everything is done; otherwise the checkpoint that an interrupted run can go on from (on ranks other than 0: the folder of all checkpoints).</returns>
    /// <exception cref="RunException">Another run is at work in the folder; or the ranks were started differently.</exception>
    /// <exception cref="Torch.Distributed.ProcessGroupException">Another rank is gone.</exception>
    public string? Train(ITrainingObserver? observer, Action<StageRecipe>? afterStage = null, CancellationToken cancellation = default)
    {
        var ranks = options.Ranks;
        var writes = ranks is null or { Rank: 0 };
        Directory.CreateDirectory(options.Folder);
        using var mine = writes ? RunLock.Take(options.Folder) : null;
        var state = Begin(ranks, observer);
        var stages = new MicroBatchChoice(Surroundings(ranks, observer), options.Memory).In(options.Folder, options.Resume);
        var written = writes ? null : RunCheckpoint.FolderOf(options.Folder);
        string Save(StageState at) => writes ? written = RunCheckpoint.Save(options.Folder, Built, Document, at, options.Kept) : written!;
        var surroundings = Surroundings(ranks, observer) with
        {
            Save = at => Save(at),
            SaveBest = () =>
            {
                if (writes)
                {
                    RunCheckpoint.SaveBest(options.Folder, Built, Document);
                }
            },
            RestoreBest = () =>
            {
                RankAgreement.Meet(ranks); // rank 0 may still be writing it
                ModelFolder.LoadWeights(Built, Path.Combine(RunCheckpoint.BestOf(options.Folder), ModelFolder.WeightsFile));
            },
        };
        if (state is null)
        {
            MeasureRetention(RetentionScore.Start, writes, observer, cancellation);
        }

        for (var number = state?.Stage ?? 0; number < Recipe.Stages.Count; number++)
        {
            var stage = stages[number];
            var here = state?.Stage == number ? state : new StageState(number);
            if (!StageRunner.Run(surroundings, stage, here, cancellation))
            {
                written ??= Save(here);
                RankAgreement.Meet(ranks);
                return written;
            }

            MeasureRetention(stage.Name, writes, observer, cancellation);
            afterStage?.Invoke(stage);
            if (number + 1 < Recipe.Stages.Count)
            {
                Save(new StageState(number + 1));
            }
        }

        if (writes)
        {
            ModelFolder.Save(ModelPath, Built, Document);
        }

        RankAgreement.Meet(ranks); // no rank reports success before the model is written
        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => Built.Dispose();

    // One process measures; the others go on, and wait for it at the next step.
    private void MeasureRetention(string after, bool writes, ITrainingObserver? observer, CancellationToken cancellation)
    {
        if (retention is not null && writes && !cancellation.IsCancellationRequested)
        {
            var score = retention.Measure(Built, after, cancellation: CancellationToken.None);
            RetentionLog.Add(options.Folder, score);
            observer?.OnRetention(score);
        }
    }

    private StageSurroundings Surroundings(IRankGroup? ranks, ITrainingObserver? observer) =>
        new(Built, () => ModelBuilder.Build(Recipe.Model, recipeFolder, Recipe.Seed), Recipe, recipeFolder)
        {
            Output = options.Folder,
            Workers = options.Workers,
            MaxSteps = options.MaxSteps,
            SaveEvery = options.SaveEvery,
            Ranks = ranks,
            Observer = observer,
        };

    // Where the run stands, the same for all ranks.
    private StageState? Begin(IRankGroup? ranks, ITrainingObserver? observer)
    {
        if (ranks is not null)
        {
            StagePieces.CheckShares(Recipe, ranks.Count);
            RankAgreement.OnRun(ranks, Document, options);
        }

        var state = options.Resume ? RunCheckpoint.Restore(options.Folder, Built, note => observer?.OnNote(note)) : null;
        if (ranks is null)
        {
            return state;
        }

        RankAgreement.OnPlace(ranks, state, options.Folder);
        RankAgreement.OnParameters(ranks, [.. Built.Model.NamedParameters()]);
        if (ranks is ProcessRankGroup processes)
        {
            processes.ForwardOrder = [.. Built.Model.Parameters()];
        }

        return state?.At(state.Step, RankAgreement.ShareOf(state.TakeWithin(), ranks.Rank, ranks.Count));
    }
}
