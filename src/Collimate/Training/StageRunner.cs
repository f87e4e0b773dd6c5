using Collimate.Adapters;
using Collimate.Alignment;
using Collimate.Alignment.Attention;
using Collimate.Alignment.Objectives;
using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Torch;
using Collimate.Torch.Optimization;
using Collimate.Training.Features;
using Collimate.Training.Programs;
using Collimate.Training.Watching;

namespace Collimate.Training;

/// <summary>What all stages of a run have in common.</summary>
/// <param name="Built">The model; changed in place.</param>
/// <param name="MakeReplica">Builds another model of the same shape.</param>
/// <param name="Recipe">The recipe.</param>
/// <param name="Folder">Where its relative paths start from.</param>
public sealed record StageSurroundings(BuiltModel Built, Func<BuiltModel> MakeReplica, Recipe Recipe, string Folder)
{
    /// <summary>Where the run is written; null where it leaves nothing.</summary>
    public string? Output { get; init; }

    /// <summary>Worker threads.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>The most steps of a stage; null for what the recipe says.</summary>
    public long? MaxSteps { get; init; }

    /// <summary>Steps between two checkpoints; 0 for none in between.</summary>
    public long SaveEvery { get; init; }

    /// <summary>The other processes that train the same model; null for one alone.</summary>
    public IRankGroup? Ranks { get; init; }

    /// <summary>Is told of every step.</summary>
    public ITrainingObserver? Observer { get; init; }

    /// <summary>Writes a checkpoint; null to keep none.</summary>
    public Action<StageState>? Save { get; init; }

    /// <summary>Keeps the model as the best of its stage so far.</summary>
    public Action? SaveBest { get; init; }

    /// <summary>Goes back to the best model of the stage.</summary>
    public Action? RestoreBest { get; init; }
}

/// <summary>Trains a built model through one stage of a recipe.</summary>
public static class StageRunner
{
    /// <summary>Runs a stage.</summary>
    /// <param name="run">The model, the recipe, and what is done between steps.</param>
    /// <param name="stage">Which of its stages.</param>
    /// <param name="state">Where the stage stands; its optimizer state is read if it has begun, and kept up to date.</param>
    /// <param name="cancellation">Ends the stage between two pieces of a step, or after the step in hand where nothing is saved.</param>
    /// <returns>Whether the stage was finished.</returns>
    public static bool Run(StageSurroundings run, StageRecipe stage, StageState state, CancellationToken cancellation)
    {
        var built = run.Built;
        AdapterSet.Find(built.Model)?.Prepare(stage.Trains);
        using var generator = new Generator((ulong)run.Recipe.Seed);
        var context = Context(run, generator);
        using var objectives = new StageObjectives(stage, context);
        var (groups, names) = StageParameters.Of(built, stage);
        using var optimizer = StageOptimizer.Create(stage, groups);
        state.Attach(optimizer, names, objectives.Set);
        var batcher = Batcher(built, stage);
        var source = Ordered(Source(run, stage), stage, batcher, (ulong)run.Recipe.Seed);
        var steps = Math.Min(StepsOf(stage, source), run.MaxSteps ?? long.MaxValue);
        CheckValidation(stage, source);
        var options = Options(stage, built, run, context) with { Exchange = objectives.Set.ExchangesWithRanks ? StagePieces.Exchange(run, stage) : null };
        built.Model.RecomputesLayers = stage.Recompute;
        Caution(run, stage);
        using var features = Features(run, stage);
        using var program = new ConversationProgram(
            built.Model, () => Replica(run, stage, objectives.Set), groups, source, batcher with { Features = features }, objectives.Set.Objectives, options);
        var validation = stage.Validation is { } judged
            ? new StageValidation(batcher, Seams.Data.Create(judged.Data, context).Draw(0, judged.Samples), options.Attention, options.Precision)
            : null;
        var endsEarly = false;
        var hooks = new TrainingHooks
        {
            Save = run.Save is null ? null : step => run.Save(state.At(step)),
            SaveWithin = run.Save is null ? null : (step, partial) => run.Save(state.At(step, partial)),
            GoesOn = validation is null ? null : step =>
                !(endsEarly = (step == steps || stage.Validation!.Every.IsDue(step, stage.BatchSize, source.Count)) && !GoesOn(run, stage, state, validation, step)),
        };
        var trained = Trainer.Run(
            program,
            new TrainingOptions
            {
                Steps = steps, Workers = run.Workers, ClipNorm = stage.ClipNorm, Schedule = Schedule(stage, steps), LowestRate = stage.LowestRate,
                SaveEvery = run.SaveEvery, Ranks = run.Ranks, Compute = new ComputeSetting(built.Model.Device, options.Precision, run.Workers, run.Ranks?.Count ?? 1),
            },
            optimizer, run.Observer, hooks, state.Step, Within(state, options), cancellation);
        var finished = trained == steps || endsEarly;
        if (finished && stage.Validation is { Patience: > 0 } && state.Validation.BestLoss is not null)
        {
            run.RestoreBest?.Invoke();
        }
        else if (!finished && state.Step < trained)
        {
            run.Save?.Invoke(state.At(trained));
        }

        return finished;
    }

    /// <summary>What a stage trains: samples as pieces of batches, and pieces as losses. Its parameters are unfrozen already.</summary>
    /// <param name="run">The model and the recipe.</param>
    /// <param name="stage">The stage.</param>
    /// <param name="groups">The parameters that learn.</param>
    /// <param name="source">Where samples come from.</param>
    internal static ConversationProgram Program(StageSurroundings run, StageRecipe stage, IReadOnlyList<ParameterGroup> groups, ISampleSource source)
    {
        using var generator = new Generator((ulong)run.Recipe.Seed);
        var context = Context(run, generator);
        var objectives = StageObjectives.Create(stage, context);
        return new ConversationProgram(
            run.Built.Model, () => Replica(run, stage, objectives), groups, source, Batcher(run.Built, stage), objectives.Objectives, Options(stage, run.Built, run, context));
    }

    /// <summary>Checks that every stage which wants to keep features can.</summary>
    /// <exception cref="RecipeException">A stage cannot; the message says why.</exception>
    internal static void CheckFeatures(BuiltModel built, Recipe recipe)
    {
        foreach (var stage in recipe.Stages.Where(stage => FeatureCacheOptions.Read(stage.FeatureCache) is not null))
        {
            if (FeatureSpace.Obstacle(built, stage) is { } obstacle)
            {
                throw stage.FeatureCache!.Error($"features cannot be kept in stage '{stage.Name}', as {obstacle}. Leave the line out.");
            }
        }
    }

    /// <summary>Where a stage's samples come from.</summary>
    internal static ISampleSource Source(StageSurroundings run, StageRecipe stage)
    {
        using var generator = new Generator((ulong)run.Recipe.Seed);
        return Seams.Data.Create(stage.Data, Context(run, generator) with { LeavesBadRecords = stage.BadSamples > 0 });
    }

    /// <summary>How many optimizer steps a stage has.</summary>
    /// <exception cref="RecipeException">Passes are asked for over data that never end.</exception>
    public static long StepsOf(StageRecipe stage, ISampleSource source) => stage.Epochs is not { } epochs
        ? stage.Steps
        : source.Count is { } count
            ? Math.Max(1, (long)Math.Ceiling(epochs * count / stage.BatchSize))
            : throw new RecipeException(stage.Data.Location, $"stage '{stage.Name}' asks for {epochs} epochs, but these data never end; say steps: instead of epochs:.");

    private static void CheckValidation(StageRecipe stage, ISampleSource source)
    {
        if (stage.Validation is { Every.Steps: null } && source.Count is null)
        {
            throw new RecipeException(stage.Data.Location, $"stage '{stage.Name}' is to be judged after every epoch, but these data never end; say validation: {{ every: STEPS }} instead of epoch.");
        }
    }

    /// <summary>What turns a stage's samples into tokens and pixels.</summary>
    /// <param name="built">The model.</param>
    /// <param name="stage">The stage.</param>
    public static ConversationBatcher Batcher(BuiltModel built, StageRecipe stage) => new(
        built.Tokenizer, built.Template, built.Processor, built.Model.Language.Config.MaxPositions,
        built.Model.TokensPerImage, stage.Packed)
    {
        DecodeThreads = stage.DecodeThreads ?? Math.Clamp(Environment.ProcessorCount / 2, 1, 8),
    };

    /// <summary>Who sees whom in a stage.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="built">The model, whose own policy holds where the stage is silent.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="folder">Where its relative paths start from.</param>
    public static IAttentionPolicy PolicyOf(StageRecipe stage, BuiltModel built, Recipe recipe, string folder)
    {
        using var generator = new Generator((ulong)recipe.Seed);
        return stage.Attention is null
            ? built.Model.Attention
            : Seams.Attention.Create(stage.Attention, new SeamContext(folder, generator, built.Model.Vision.Width, built.Model.Language.Config.HiddenSize));
    }

    private static void Caution(StageSurroundings run, StageRecipe stage)
    {
        if (stage.LearningRates.ContainsKey("fusion") && run.Built.Model.Fusion.Caution is { } caution)
        {
            run.Observer?.OnNote($"stage '{stage.Name}': {caution}");
        }
    }

    // Part of a step that one process did cannot be continued by several that meet in every pass; it is done again.
    private static PartialStep? Within(StageState state, StageOptions options)
    {
        var within = state.TakeWithin();
        if (within is null || options.Exchange is null)
        {
            return within;
        }

        within.Dispose();
        return null;
    }

    private static FeatureCache? Features(StageSurroundings run, StageRecipe stage) => FeatureCacheOptions.Read(stage.FeatureCache) is not { } cache ? null : FeatureCache.Open(
        cache.Path is { } path ? Path.GetFullPath(path, run.Folder) : Path.Combine(run.Output ?? run.Folder, "cache"),
        FeatureSpace.Of(run.Built, PrecisionOf(stage)), cache.LimitBytes, FeatureSpace.DependsOnCompany(run.Built, PrecisionOf(stage)));

    private static ScalarType? PrecisionOf(StageRecipe stage) => stage.Precision == Precision.Bf16 ? ScalarType.BFloat16 : null;

    private static SeamContext Context(StageSurroundings run, Generator generator) =>
        new(run.Folder, generator, run.Built.Model.Vision.Width, run.Built.Model.Language.Config.HiddenSize) { Built = run.Built };

    private static VisionLanguageModel Replica(StageSurroundings run, StageRecipe stage, ObjectiveSet objectives)
    {
        var replica = run.MakeReplica().Model;
        replica.RecomputesLayers = stage.Recompute;
        AdapterSet.Find(replica)?.Activate(AdapterSet.Find(run.Built.Model)!.Active);
        objectives.ForReplica().AttachTo(replica);
        return replica;
    }

    private static ISampleSource Ordered(ISampleSource source, StageRecipe stage, ConversationBatcher batcher, ulong seed) => stage.GroupByLength is { IsOn: true, Count: var window }
        ? new LengthGroupedSource(source, batcher.Length, stage.BatchSize, window ?? LengthGroupedSource.UsualWindow, seed)
        : source;

    private static StageOptions Options(StageRecipe stage, BuiltModel built, StageSurroundings run, SeamContext context)
    {
        var (pieces, made) = StagePieces.Of(stage);
        if (run.Ranks is { Count: var ranks } && made % ranks != 0)
        {
            run.Observer?.OnNote($"stage '{stage.Name}': {made} pieces do not divide among {ranks} ranks; some wait for the others in every step.");
        }

        return new StageOptions(stage.Name, stage.BatchSize, pieces, PrecisionOf(stage))
        {
            Attention = stage.Attention is null ? null : Seams.Attention.Create(stage.Attention, context),
            Noise = Noise(stage, built),
            Packing = stage.Packing.IsOn ? new RowPacking(stage.Packing.Count) : null,
            Seed = (ulong)run.Recipe.Seed,
            BadSamples = stage.BadSamples,
            Rank = run.Ranks?.Rank ?? 0,
            Ranks = run.Ranks?.Count ?? 1,
        };
    }

    // False where the stage has gone long enough without a new best.
    private static bool GoesOn(StageSurroundings run, StageRecipe stage, StageState state, StageValidation validation, long step)
    {
        var judged = stage.Validation!;
        var score = validation.Score(run.Built.Model, run.Ranks);
        state.Validation = state.Validation.After(step, score.Loss);
        var isBest = state.Validation.BestStep == step;
        run.Observer?.OnValidation(new ValidationReport(stage.Name, step, score.Loss, score.Exact, isBest));
        if (isBest)
        {
            run.SaveBest?.Invoke();
        }

        return judged.Patience == 0 || state.Validation.Misses < judged.Patience;
    }

    private static InputNoise? Noise(StageRecipe stage, BuiltModel built) => stage.Noise is not { } noise ? null : new InputNoise
    {
        Share = noise.Share,
        Kind = noise.Kind,
        LossOnHiddenOnly = noise.LossOnHiddenOnly,
        MaskTokenId = noise.MaskToken is null ? null : built.Tokenizer.TokenToId(noise.MaskToken)
            ?? throw new RecipeException(
                $"stages.{stage.Name}.noise.mask_token", 0, $"'{noise.MaskToken}' is not a token of the model's vocabulary; name one of it, such as its padding token, or leave the line out for a vector of zeros."),
    };

    private static LearningRateSchedule Schedule(StageRecipe stage, long steps)
    {
        var warmup = (long)Math.Ceiling(steps * stage.WarmupRatio);
        return stage.Schedule switch
        {
            ScheduleKind.Linear => LearningRateSchedule.Linear(steps, warmup, stage.FloorRatio),
            ScheduleKind.Constant => LearningRateSchedule.Constant(steps, warmup),
            _ => LearningRateSchedule.Cosine(steps, warmup, stage.FloorRatio),
        };
    }
}
