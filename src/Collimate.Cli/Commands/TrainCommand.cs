using System.CommandLine;
using Collimate.Cli.Display;
using Collimate.Data.Conversations;
using Collimate.Models.Text;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Tokenization;
using Collimate.Training;

namespace Collimate.Cli.Commands;

/// <summary><c>collimate train</c>: trains what a recipe says.</summary>
internal static class TrainCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var recipe = new Argument<string>("recipe") { Description = "The recipe, a YAML file." };
        var set = new Option<string[]>("--set") { Description = "Change the recipe: path=value, such as stages.instruct.steps=200. May be given several times.", HelpName = "PATH=VALUE" };
        var output = new Option<string?>("--out") { Description = "Where the run is written (default: runs/ and the recipe's file name).", HelpName = "DIR" };
        var maxSteps = new Option<long?>("--max-steps") { Description = "The most steps of each stage.", HelpName = "N" };
        var saveEvery = new Option<long>("--save-every") { Description = "Steps between two checkpoints; 0 keeps one only at an interruption.", HelpName = "N", DefaultValueFactory = _ => 500 };
        var resume = new Option<bool>("--resume") { Description = "Go on from the newest checkpoint in --out." };
        var plan = new Option<bool>("--plan") { Description = "Check the recipe and say what it will take, without training." };
        var workers = CommandActions.WorkersOption();
        var command = new Command("train", "Train a model as a recipe says.") { recipe, set, output, maxSteps, saveEvery, resume, plan, workers };
        return command.Runs((parse, io, cancellation) =>
        {
            var path = parse.GetRequiredValue(recipe);
            var document = RecipeDocument.Load(path, parse.GetValue(set) ?? []);
            var folder = parse.GetValue(output) ?? Path.Combine("runs", Path.GetFileNameWithoutExtension(path));
            var options = new RunOptions
            {
                Folder = folder, Workers = parse.GetValue(workers), MaxSteps = parse.GetValue(maxSteps), SaveEvery = parse.GetValue(saveEvery), Resume = parse.GetValue(resume),
            };
            return document.Root.Find("dual_encoder") is not null
                ? TrainEncoder(document, options, parse.GetValue(plan), io, cancellation)
                : TrainModel(document, path, options, parse.GetValue(plan), io, cancellation);
        });
    }

    private static int TrainModel(RecipeDocument document, string path, RunOptions options, bool planOnly, CommandIo io, CancellationToken cancellation)
    {
        using var run = new RecipeRun(document, Path.GetDirectoryName(Path.GetFullPath(path))!, options);
        var table = new TextTable("stage", "learns", ">steps", ">batch", "precision");
        foreach (var stage in run.Recipe.Stages)
        {
            var learns = string.Join(", ", stage.LearningRates.Select(l => $"{l.Key} at {l.Value:G3}"));
            var steps = stage.Epochs is { } epochs ? $"{epochs} epochs" : $"{Math.Min(stage.Steps, options.MaxSteps ?? stage.Steps)}";
            table.Row(stage.Name, learns, steps, $"{stage.BatchSize}", $"{stage.Precision}".ToLowerInvariant());
        }

        io.Output.WriteLine($"{run.Recipe.Name}: {run.Built.Model.ParameterCount:N0} parameters, {options.Workers} workers");
        table.Write(io);
        foreach (var stage in run.RevealingStages)
        {
            io.Output.WriteLine($"Note: in stage '{stage}' a position may see the token it is to predict, as its attention intends; its loss cannot be compared with that of other stages.");
        }

        if (planOnly)
        {
            return ExitCode.Success;
        }

        string? stopped;
        using (var display = new TrainingDisplay(io.Progress(), Path.Combine(options.Folder, "log.jsonl")))
        {
            stopped = run.Train(display, cancellation: cancellation);
        }

        return Ended(stopped, $"train {path} --out {options.Folder} --resume", run.ModelPath, io);
    }

    /// <summary>Says how a run ended and how to go on.</summary>
    internal static int Ended(string? stopped, string resumeWords, string modelPath, CommandIo io)
    {
        if (stopped is null)
        {
            io.Output.WriteLine($"The model is in {modelPath}");
            return ExitCode.Success;
        }

        io.Error.WriteLine($"collimate: stopped after a whole step; a checkpoint is in {stopped}\nGo on with: ./collimate {resumeWords}");
        return ExitCode.Interrupted;
    }

    private static int TrainEncoder(RecipeDocument document, RunOptions options, bool planOnly, CommandIo io, CancellationToken cancellation)
    {
        var recipe = document.Bind<EncoderRecipe>();
        if (options.MaxSteps is { } most)
        {
            recipe = recipe with { Training = recipe.Training with { Steps = Math.Min(most, recipe.Training.Steps) } };
        }

        io.Output.WriteLine($"{recipe.Name}: {recipe.Training.Steps} steps of {recipe.Training.BatchSize} pictures, {options.Workers} workers");
        if (planOnly)
        {
            return ExitCode.Success;
        }

        var model = Path.Combine(options.Folder, "model");
        void Save(DualEncoder encoder, BytePairTokenizer tokenizer)
        {
            encoder.Save(model);
            EncoderTrainer.TransformFor(encoder).Save(Path.Combine(model, "preprocessor_config.json"));
            TokenizerFolder.Save(model, tokenizer, ChatTemplate.Gym, recipe.DualEncoder.TextLength);
        }

        using var display = new TrainingDisplay(io.Progress(), Path.Combine(options.Folder, "log.jsonl"));
        var finished = EncoderTrainer.Run(recipe, options.Workers, display, Save, options.SaveEvery, cancellation);
        display.Dispose();
        if (finished)
        {
            return Ended(null, "", model, io);
        }

        io.Error.WriteLine($"collimate: stopped after a whole step; the encoder as it is lies in {model}");
        return ExitCode.Interrupted;
    }
}
