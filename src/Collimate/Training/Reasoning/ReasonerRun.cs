using Collimate.Alignment.Reasoning;
using Collimate.Data;
using Collimate.Data.Puzzles;
using Collimate.Evaluation.Reasoning;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Torch;
using Collimate.Torch.Optimization;
using Collimate.Training.Watching;

namespace Collimate.Training.Reasoning;

/// <summary>A reasoner's recipe trained to its end, with checkpoints on the way and the finished model in <c>model/</c>.</summary>
public sealed class ReasonerRun : IDisposable
{
    private readonly RunOptions options;
    private readonly string folder;

    /// <summary>Reads and builds everything; nothing is trained or written yet.</summary>
    /// <param name="document">The recipe.</param>
    /// <param name="recipeFolder">Where its relative paths start from.</param>
    /// <param name="options">Where and how to run.</param>
    /// <exception cref="DataException">The puzzles cannot be used.</exception>
    public ReasonerRun(RecipeDocument document, string recipeFolder, RunOptions options)
    {
        (Document, folder, this.options) = (document, recipeFolder, options);
        Recipe = document.Bind<ReasonerRecipe>();
        Puzzles = PuzzleSelection.Read(Recipe.Data, recipeFolder);
        if (Puzzles.Train.Count == 0)
        {
            throw new DataException(Recipe.Data.Path, "no puzzle is left for training; widen data.skills, data.splits.puzzles or data.splits.train_share");
        }

        Model = ReasonerParts.Build(Recipe, recipeFolder, Puzzles.Kinds, Puzzles.Train.Select(instance => instance.Question));
        var each = (double)Recipe.Training.BatchSize / Puzzles.Train.Count;
        var steps = Recipe.Training.Steps ?? Math.Max(1, (long)Math.Ceiling(Recipe.Training.Epochs / each));
        Steps = Math.Min(steps, options.MaxSteps ?? steps);
    }

    /// <summary>The recipe as a document.</summary>
    public RecipeDocument Document { get; }

    /// <summary>The recipe.</summary>
    public ReasonerRecipe Recipe { get; }

    /// <summary>The puzzles.</summary>
    public PuzzleSet Puzzles { get; }

    /// <summary>The reasoner; trained in place.</summary>
    public ReasonerModel Model { get; }

    /// <summary>How many steps there are.</summary>
    public long Steps { get; }

    /// <summary>Where the finished model lies.</summary>
    public string ModelPath => Path.Combine(options.Folder, "model");

    /// <summary>How many parameters learn.</summary>
    public long LearningCount => Groups().Groups.Sum(group => group.Parameters.Sum(parameter => parameter.ElementCount));

    /// <summary>Trains what is left.</summary>
    /// <param name="observer">Is told of every step.</param>
    /// <param name="cancellation">Ends the run after the step in hand; a checkpoint is kept then.</param>
    /// <returns>Null when everything is done; otherwise the checkpoint that an interrupted run can go on from.</returns>
    /// <exception cref="RunException">Another run is at work in the folder.</exception>
    public string? Train(ITrainingObserver? observer, CancellationToken cancellation = default)
    {
        Directory.CreateDirectory(options.Folder);
        using var mine = RunLock.Take(options.Folder);
        var state = (options.Resume ? RunCheckpoint.Restore(options.Folder, from => ReasonerFolder.LoadWeights(Model, from), note => observer?.OnNote(note)) : null) ?? new StageState(0);
        using var senses = new PuzzleSenses(Model, Recipe, folder, options.Folder);
        senses.Remember([.. Puzzles.Train, .. Recipe.Training.Validation is null ? [] : Puzzles.Validation], options.Workers, note => observer?.OnNote(note), cancellation);

        var (groups, names) = Groups();
        using var optimizer = new AdamW(groups, (Recipe.Training.Beta1, Recipe.Training.Beta2), Recipe.Training.Epsilon);
        state.Attach(optimizer, names);
        using var program = new ReasonerProgram(
            Model, () => ReasonerParts.Replica(Model, Recipe, folder, senses.LooksInSteps, senses.ReadsInSteps), groups, names, Puzzles.Train, senses,
            new ReasonerProgramOptions(Recipe.Training.BatchSize, Recipe.Training.Pieces, Recipe.Seed));
        var endsEarly = false;
        string Save(long step) => RunCheckpoint.Save(options.Folder, to => ReasonerFolder.Save(to, Model, Document), state.At(step), options.Kept);
        var hooks = new TrainingHooks
        {
            Save = step => Save(step),
            GoesOn = Recipe.Training.Validation is not { } judged || Puzzles.Validation.Count == 0 ? null : step =>
                !(endsEarly = (step == Steps || judged.Every.IsDue(step, Recipe.Training.BatchSize, Puzzles.Train.Count)) && !GoesOn(judged, senses, state, observer, step)),
        };
        var training = new TrainingOptions
        {
            Steps = Steps, Workers = options.Workers, ClipNorm = Recipe.Training.ClipNorm, Schedule = Schedule(), SaveEvery = options.SaveEvery,
            Compute = new ComputeSetting(Device.Cpu, null, options.Workers, 1),
        };
        var done = Trainer.Run(program, training, optimizer, observer, hooks, state.Step, cancellation: cancellation);
        if (done < Steps && !endsEarly)
        {
            return Save(done);
        }

        if (state.Validation.BestLoss is not null)
        {
            ReasonerFolder.LoadWeights(Model, RunCheckpoint.BestOf(options.Folder));
        }

        ReasonerFolder.Save(ModelPath, Model, Document);
        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();

    private bool GoesOn(ReasonerValidation judged, PuzzleSenses senses, StageState state, ITrainingObserver? observer, long step)
    {
        var answers = PuzzleAnswering.Answer(Model, senses, Puzzles.Validation);
        state.Validation = state.Validation.After(step, 1 - answers.Solved);
        var isBest = state.Validation.BestStep == step;
        observer?.OnValidation(new ValidationReport("reason", step, answers.Loss, answers.Solved, isBest));
        if (isBest)
        {
            Torch.Serialization.WholeFolder.Write(RunCheckpoint.BestOf(options.Folder), to => ReasonerFolder.Save(to, Model, Document));
        }

        return judged.Patience == 0 || state.Validation.Misses < judged.Patience;
    }

    private LearningRateSchedule Schedule() => Recipe.Training.Schedule switch
    {
        ScheduleKind.Linear => LearningRateSchedule.Linear(Steps, Recipe.Training.WarmupSteps),
        ScheduleKind.Constant => LearningRateSchedule.Constant(Steps, Recipe.Training.WarmupSteps),
        _ => LearningRateSchedule.Cosine(Steps, Recipe.Training.WarmupSteps),
    };

    // Matrices decay; biases, norms and words' vectors do not.
    private (IReadOnlyList<ParameterGroup> Groups, IReadOnlyList<string> Names) Groups()
    {
        var (groups, names) = (new List<ParameterGroup>(), new List<string>());
        var stage = Recipe.Training;
        var learning = Model.NamedParameters().Where(Learns).Select(parameter => (parameter.Name, parameter.Value, Part: parameter.Name[..parameter.Name.IndexOf('.', StringComparison.Ordinal)], Decays: Decays(parameter.Name, parameter.Value)));
        foreach (var alike in learning.GroupBy(parameter => (parameter.Part, parameter.Decays)))
        {
            groups.Add(new ParameterGroup(alike.Key.Part, [.. alike.Select(parameter => parameter.Value)])
            {
                LearningRate = alike.Key.Part == "vision" ? Recipe.Reasoner.Image!.LearningRate ?? stage.LearningRate : stage.LearningRate,
                WeightDecay = alike.Key.Decays ? stage.WeightDecay : 0,
            });
            names.AddRange(alike.Select(parameter => parameter.Name));
        }

        return (groups, names);
    }

    private bool Learns((string Name, Tensor Value) parameter) => parameter.Name.StartsWith("reasoner.", StringComparison.Ordinal)
        || (parameter.Name.StartsWith("vision.", StringComparison.Ordinal) && Recipe.Reasoner.Image!.Trains)
        || (parameter.Name.StartsWith("question.", StringComparison.Ordinal) && (Model.Reader is WordQuestions || Recipe.Reasoner.Question!.Trains));

    private static bool Decays(string name, Tensor value) =>
        value.Rank > 1 && !name.EndsWith("bias", StringComparison.Ordinal) && !name.Contains("emb", StringComparison.Ordinal);
}
