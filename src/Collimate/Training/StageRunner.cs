using Collimate.Data.Conversations;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Torch;
using Collimate.Torch.Optimization;
using Collimate.Training.Programs;

namespace Collimate.Training;

/// <summary>Trains a built model through one stage of a recipe.</summary>
public static class StageRunner
{
    /// <summary>Runs a stage.</summary>
    /// <param name="built">The model; changed in place.</param>
    /// <param name="makeReplica">Builds another model of the same shape.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="stage">Which of its stages.</param>
    /// <param name="folder">Where the recipe's relative paths start from.</param>
    /// <param name="workers">Worker threads.</param>
    /// <param name="state">Where the stage stands; its optimizer state is read if it has begun, and kept up to date.</param>
    /// <param name="observer">Is told of every step.</param>
    /// <param name="save">Writes a checkpoint.</param>
    /// <param name="cancellation">Ends the stage after the step in hand.</param>
    /// <returns>Whether the stage was finished.</returns>
    public static bool Run(
        BuiltModel built, Func<BuiltModel> makeReplica, Recipe recipe, StageRecipe stage, string folder, int workers,
        StageState state, ITrainingObserver? observer, Action<StageState>? save, CancellationToken cancellation)
    {
        var (groups, names) = Groups(built, stage);
        using var optimizer = new AdamW(groups, (0.9, stage.Beta2));
        state.Attach(optimizer, names);
        using var generator = new Generator((ulong)recipe.Seed);
        var context = new SeamContext(folder, generator, built.Model.Vision.Width, built.Model.Language.Config.HiddenSize);
        var objectives = (stage.Objectives ?? [new ObjectiveRecipe()]).Select(o => (Seams.Objective.Create(o.Objective, context), o.Weight)).ToArray();
        var batcher = Batcher(built, stage);
        var options = new StageOptions(stage.Name, stage.BatchSize, stage.Pieces, stage.Precision == Precision.Bf16 ? ScalarType.BFloat16 : null)
        {
            Attention = stage.Attention is null ? null : Seams.Attention.Create(stage.Attention, context),
            Noise = Noise(stage, built),
            Seed = (ulong)recipe.Seed,
        };
        using var program = new ConversationProgram(
            built.Model, () => makeReplica().Model, groups, Seams.Data.Create(stage.Data, context), batcher, objectives, options);
        var done = Trainer.Run(
            program,
            new TrainingOptions { Steps = stage.Steps, Workers = workers, ClipNorm = stage.ClipNorm, Schedule = Schedule(stage), SaveEvery = state.SaveEvery },
            optimizer, observer, step => save?.Invoke(state.At(step)), state.Step, cancellation);
        if (done < stage.Steps)
        {
            save?.Invoke(state.At(done));
        }

        return done == stage.Steps;
    }

    /// <summary>What turns a stage's samples into tokens and pixels.</summary>
    /// <param name="built">The model.</param>
    /// <param name="stage">The stage.</param>
    public static ConversationBatcher Batcher(BuiltModel built, StageRecipe stage) => new(
        built.Tokenizer, built.Template, built.Processor, built.Model.Language.Config.MaxPositions,
        built.Model.Connector.TokenCount(built.Model.Vision.TokenCount), stage.Packed);

    /// <summary>Unfreezes what a stage trains, freezes the rest, and sorts the parameters into groups of like learning rate and decay.</summary>
    private static (IReadOnlyList<ParameterGroup> Groups, IReadOnlyList<string> Names) Groups(BuiltModel built, StageRecipe stage)
    {
        built.Model.SetRequiresGrad(false);
        var (groups, names) = (new List<ParameterGroup>(), new List<string>());
        foreach (var (part, rate) in stage.LearningRates)
        {
            var mine = built.Model.NamedParameters().Where(p => p.Name.StartsWith(ModelParts.Prefix(part), StringComparison.Ordinal)).ToArray();
            foreach (var decays in (bool[])[true, false])
            {
                // Matrices decay; biases, norms and embeddings do not.
                var chosen = mine.Where(p => (p.Value.Rank > 1 && !p.Name.Contains("embed", StringComparison.Ordinal)) == decays).ToArray();
                foreach (var (_, parameter) in chosen)
                {
                    parameter.RequiresGrad = true;
                }

                if (chosen.Length > 0)
                {
                    groups.Add(new ParameterGroup(part, [.. chosen.Select(p => p.Value)]) { LearningRate = rate, WeightDecay = decays ? stage.WeightDecay : 0 });
                    names.AddRange(chosen.Select(p => p.Name));
                }
            }
        }

        return (groups, names);
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

    private static LearningRateSchedule Schedule(StageRecipe stage)
    {
        var warmup = (long)Math.Ceiling(stage.Steps * stage.WarmupRatio);
        return stage.Schedule switch
        {
            ScheduleKind.Linear => LearningRateSchedule.Linear(stage.Steps, warmup, stage.FloorRatio),
            ScheduleKind.Constant => LearningRateSchedule.Constant(stage.Steps, warmup),
            _ => LearningRateSchedule.Cosine(stage.Steps, warmup, stage.FloorRatio),
        };
    }
}
