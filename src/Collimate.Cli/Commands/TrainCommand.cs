using System.CommandLine;
using Collimate.Cli.Display;
using Collimate.Cli.Launching;
using Collimate.Data.Conversations;
using Collimate.Models.Text;
using Collimate.Planning;
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
        var memory = new Option<string?>("--memory") { Description = "The bound on memory for --plan and micro_batch: auto, such as 16GiB (default: what is available).", HelpName = "SIZE" };
        var json = CommandActions.JsonOption();
        json.Description = "With --plan: write the plan as JSON.";
        var workers = CommandActions.WorkersOption();
        var processes = new Option<int>("--nproc") { Description = "Train in so many processes of this machine, which share every batch; see docs/distributed.md.", HelpName = "N", DefaultValueFactory = _ => 1 };
        var otlp = MeterExport.Option();
        var command = new Command("train", "Train a model as a recipe says.") { recipe, set, output, maxSteps, saveEvery, resume, plan, memory, json, workers, processes, otlp };
        return command.Runs((parse, io, cancellation) =>
        {
            var path = parse.GetRequiredValue(recipe);
            var document = RecipeDocument.Load(path, parse.GetValue(set) ?? []);
            var folder = parse.GetValue(output) ?? Path.Combine("runs", Path.GetFileNameWithoutExtension(path));
            var (place, count) = Ranks(parse.GetValue(processes), document);
            var threads = parse.GetResult(workers) is { Implicit: false } ? parse.GetValue(workers) : Math.Max(1, Environment.ProcessorCount / Math.Max(count, place?.LocalWorldSize ?? 1));
            var options = new RunOptions
            {
                Folder = folder, Workers = threads, MaxSteps = parse.GetValue(maxSteps), SaveEvery = parse.GetValue(saveEvery), Resume = parse.GetValue(resume),
                Memory = Bound(parse.GetValue(memory)),
            };
            var planOnly = parse.GetValue(plan);
            var export = MeterExport.From(parse.GetValue(otlp));
            var asJson = parse.GetValue(json);
            if (asJson && !planOnly)
            {
                throw new UsageException("--json writes a plan; add --plan. What a training run reports goes to log.jsonl in its folder.");
            }

            if (document.Root.Find("dual_encoder") is not null)
            {
                return TrainEncoder(document, options, planOnly, export, io, cancellation);
            }

            if (document.Root.Find(ResNetTraining.Key) is not null)
            {
                return ResNetTraining.Run(document, options, planOnly, export, io, cancellation);
            }

            if (document.Root.Find(ReasonerTraining.Key) is not null)
            {
                return ReasonerTraining.Run(document, path, options, planOnly, export, io, cancellation);
            }

            if (count > 1 && !planOnly)
            {
                StagePieces.CheckShares(document.Bind<Recipe>(), count); // a fault is told once here rather than by every process
                return RankLauncher.Run([.. WithoutOption(parse, processes.Name)], count, io, cancellation);
            }

            if (planOnly)
            {
                return PlanModel(document, path, options, place?.WorldSize ?? count, place?.LocalWorldSize ?? count, asJson, io);
            }

            return place is null
                ? TrainModel(document, path, options, export, io, cancellation)
                : TrainAsRank(place, document, path, options, export, io, cancellation);
        });
    }

    private static long? Bound(string? text) => text is null ? null : ByteSize.TryParse(text, out var bytes)
        ? bytes
        : throw new UsageException($"--memory {text}: expected an amount of memory such as 16GiB or 800MiB.");

    // Where this process stands among those that train together, and how many it is to start itself.
    private static (RankEnvironment? Place, int Processes) Ranks(int processes, RecipeDocument document)
    {
        var place = RankEnvironment.Read();
        if (processes < 1)
        {
            throw new UsageException($"--nproc {processes}: expected a number of processes, at least 1.");
        }

        if (processes > 1 && place is not null)
        {
            throw new UsageException($"--nproc {processes} starts processes of its own, but this one is rank {place.Rank} of {place.WorldSize} already (RANK, WORLD_SIZE). Leave --nproc out, or unset these variables.");
        }

        return (processes > 1 || place is not null) && document.Root.Find("dual_encoder") is not null
            ? throw new UsageException("This recipe trains an encoder by comparing all pictures of a batch, which one process has to see together. Leave --nproc out (and RANK and WORLD_SIZE unset); --workers N uses N cores.")
            : (processes > 1 || place is not null) && (document.Root.Find(ReasonerTraining.Key) ?? document.Root.Find(ResNetTraining.Key)) is not null
            ? throw new UsageException("This recipe trains something small enough for one process. Leave --nproc out (and RANK and WORLD_SIZE unset); --workers N uses N cores.")
            : (place, processes);
    }

    private static IEnumerable<string> WithoutOption(ParseResult parse, string name)
    {
        var words = parse.Tokens.Select(token => token.Value).ToArray();
        return words.Where((word, k) => word != name && (k == 0 || words[k - 1] != name));
    }

    private static int TrainAsRank(RankEnvironment place, RecipeDocument document, string path, RunOptions options, MeterExport? export, CommandIo io, CancellationToken cancellation)
    {
        using var ranks = ProcessRankGroup.Join(place, cancellation);
        try
        {
            return TrainModel(document, path, options with { Ranks = ranks }, export, io, cancellation);
        }
        catch (Exception failure)
        {
            ranks.LeaveBecause(failure);
            throw;
        }
    }

    private static int TrainModel(RecipeDocument document, string path, RunOptions options, MeterExport? export, CommandIo io, CancellationToken cancellation)
    {
        using var run = new RecipeRun(document, Path.GetDirectoryName(Path.GetFullPath(path))!, options);
        if (options.Ranks is { Rank: > 0 })
        {
            return run.Train(null, cancellation: cancellation) is null ? ExitCode.Success : ExitCode.Interrupted; // rank 0 speaks for all
        }

        var table = new TextTable("stage", "learns", ">steps", ">batch", "precision");
        foreach (var stage in run.Recipe.Stages)
        {
            var learns = string.Join(", ", stage.LearningRates.Select(l => $"{l.Key} at {l.Value:G3}"));
            var steps = stage.Epochs is { } epochs ? $"{epochs} epochs" : $"{Math.Min(stage.Steps, options.MaxSteps ?? stage.Steps)}";
            table.Row(stage.Name, learns, steps, $"{stage.BatchSize}", $"{stage.Precision}".ToLowerInvariant());
        }

        io.Output.WriteLine($"{run.Recipe.Name}: {run.Built.Model.ParameterCount:N0} parameters, {options.Workers} workers{(options.Ranks is { } ranks ? $" in each of {ranks.Count} processes" : "")}");
        table.Write(io);
        Reveal(run, io);
        string? stopped;
        using (var watch = new TrainingWatch(io, options.Folder, RecipeSnapshot.ToYaml(document), export))
        {
            stopped = run.Train(watch.Observer, cancellation: cancellation);
        }

        return Ended(stopped, $"train {path} --out {options.Folder} --resume", run.ModelPath, io);
    }

    private static int PlanModel(RecipeDocument document, string path, RunOptions options, int processes, int here, bool asJson, CommandIo io)
    {
        if (processes > 1)
        {
            StagePieces.CheckShares(document.Bind<Recipe>(), processes);
        }

        using var run = new RecipeRun(document, Path.GetDirectoryName(Path.GetFullPath(path))!, options);
        var plan = run.Plan(processes, here);
        if (asJson)
        {
            io.WriteJson(plan);
        }
        else
        {
            PlanReport.Write(plan, io);
            Reveal(run, io);
        }

        return ExitCode.Success;
    }

    private static void Reveal(RecipeRun run, CommandIo io)
    {
        foreach (var stage in run.RevealingStages)
        {
            io.Output.WriteLine($"Note: in stage '{stage}' a position may see the token it is to predict, as its attention intends; its loss cannot be compared with that of other stages.");
        }
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

    private static int TrainEncoder(RecipeDocument document, RunOptions options, bool planOnly, MeterExport? export, CommandIo io, CancellationToken cancellation)
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

        using var watch = new TrainingWatch(io, options.Folder, RecipeSnapshot.ToYaml(document), export);
        var finished = EncoderTrainer.Run(recipe, options.Workers, watch.Observer, Save, options.SaveEvery, cancellation);
        watch.Dispose();
        if (finished)
        {
            return Ended(null, "", model, io);
        }

        io.Error.WriteLine($"collimate: stopped after a whole step; the encoder as it is lies in {model}");
        return ExitCode.Interrupted;
    }
}
