using System.CommandLine;
using Collimate.Alignment;
using Collimate.Alignment.Attention;
using Collimate.Cli.Display;
using Collimate.Inspection;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Reports;
using Collimate.Torch;
using Collimate.Training;

namespace Collimate.Cli.Commands;

/// <summary><c>collimate inspect</c>: looks inside a model or a recipe.</summary>
internal static class InspectCommand
{
    private const int LeakRows = 4;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var target = new Argument<string?>("target") { Description = "A recipe (a YAML file), or for --order, --words and --alignment a trained model's folder; not needed for --mask and --rotary.", Arity = ArgumentArity.ZeroOrOne };
        var mask = new Option<string?>("--mask") { Description = "Draw an attention policy: causal, prefix, bidirectional, interleaved_a, interleaved_b.", HelpName = "POLICY" };
        var sequence = new Option<string>("--sequence") { Description = "What --mask is drawn over: i4 is a picture of four tokens, t3 three of prompt, a5 five of answer.", HelpName = "PARTS", DefaultValueFactory = _ => "i4,t2,a3" };
        var leaks = new Option<bool>("--leaks") { Description = "Prove for every stage of a recipe that no prediction depends on its own answer." };
        var set = new Option<string[]>("--set") { Description = "Change the recipe: path=value. May be given several times.", HelpName = "PATH=VALUE" };
        var output = new Option<string?>("--out") { Description = "Where the picture is written: an SVG file; for --order .html, .svg or .png; for --words .html, .svg or .json; for --alignment .html or .json.", HelpName = "FILE" };
        var image = new Option<string?>("--image") { Description = "The picture that --order or --words is shown for; the recipe's own data, or scenes, where silent.", HelpName = "FILE" };
        var question = new Option<string?>("--question") { Description = "The question about --image.", HelpName = "TEXT" };
        var json = CommandActions.JsonOption();
        var command = new Command("inspect", "Look inside: who may attend to whom, whether a prediction can see its own answer, in what order tokens enter, what distance does, and which words visual tokens mean.") { target, mask, sequence, leaks, set, output, image, question, json };
        var order = new OrderInspection(command, image, question);
        var measured = new MeasuredScenes(command);
        var words = new WordsInspection(command, image, question, measured);
        var alignment = new AlignmentInspection(command, measured);
        var rotary = new RotaryInspection(command);
        return command.Runs((parse, io, cancellation) =>
        {
            if (rotary.IsAsked(parse))
            {
                return rotary.Run(parse, parse.GetValue(output), parse.GetValue(json), io);
            }

            if (words.IsAsked(parse) && alignment.IsAsked(parse))
            {
                throw new UsageException("--words and --alignment are two looks; take one at a time");
            }

            if (words.IsAsked(parse))
            {
                return words.Run(parse, parse.GetValue(target), parse.GetValue(set) ?? [], parse.GetValue(output), parse.GetValue(json), io);
            }

            if (alignment.IsAsked(parse))
            {
                return alignment.Run(parse, parse.GetValue(target), parse.GetValue(set) ?? [], parse.GetValue(output), parse.GetValue(json), io, cancellation);
            }

            if (order.IsAsked(parse) && parse.GetValue(target) is { } shown)
            {
                return order.Run(parse, shown, parse.GetValue(set) ?? [], parse.GetValue(output), parse.GetValue(json), io);
            }

            if (parse.GetValue(mask) is { } policy)
            {
                return Draw(policy, parse.GetValue(sequence)!, parse.GetValue(output), io);
            }

            if (parse.GetValue(leaks) && parse.GetValue(target) is { } recipe)
            {
                return FindLeaks(recipe, parse.GetValue(set) ?? [], parse.GetValue(json), io, cancellation);
            }

            throw new UsageException("say what to look at: --mask POLICY draws who sees whom; RECIPE --leaks proves that no prediction sees its own answer; MODEL --order shows in what order tokens enter; MODEL --words shows which words visual tokens mean; MODEL --alignment measures how often the right ones; --rotary shows what distance does");
        });
    }

    private static int Draw(string name, string sequence, string? output, CommandIo io)
    {
        var node = RecipeDocument.Parse($"attention: {name}", "--mask").Root.Find("attention")?.Value;
        var policy = Seams.Attention.Create(node, new SeamContext(".", null!, 0, 0));
        Positions positions;
        try
        {
            positions = ExampleSequence.Of(sequence.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        }
        catch (FormatException problem)
        {
            throw new UsageException($"--sequence: {problem.Message}");
        }

        var spec = policy.Describe(positions);
        io.Output.Write(MaskPicture.Text(spec, positions, row: 0));
        if (policy.RevealsAnswers)
        {
            io.Output.WriteLine("This policy lets a position see what it is to predict: its loss cannot be compared with any other's, and it cannot generate.");
        }

        if (output is not null)
        {
            MaskPicture.Save(output, spec, positions, row: 0, name);
            io.Output.WriteLine($"The picture is in {output}");
        }

        return ExitCode.Success;
    }

    private static int FindLeaks(string path, string[] changes, bool asJson, CommandIo io, CancellationToken cancellation)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var recipe = RecipeDocument.Load(path, changes).Bind<Recipe>();
        using var built = ModelBuilder.Build(recipe.Model, folder, recipe.Seed);
        built.Model.SetTraining(false);
        using var generator = new Generator((ulong)recipe.Seed);
        var context = new SeamContext(folder, generator, built.Model.Vision.Width, built.Model.Language.Config.HiddenSize);
        var rows = new List<StageLeaks>();
        foreach (var stage in recipe.Stages)
        {
            cancellation.ThrowIfCancellationRequested();
            var policy = StageRunner.PolicyOf(stage, built, recipe, folder);
            var samples = Seams.Data.Create(stage.Data, context).Draw(0, LeakRows);
            using var batch = StageRunner.Batcher(built, stage).ToBatch(samples, forGeneration: false, built.Model.Device);
            var report = LeakDetector.Examine(built.Model, batch, policy);
            rows.Add(new StageLeaks(stage.Name, report.Examined, report.SeenAhead, report.Leaks.Count, policy.RevealsAnswers));
        }

        if (asJson)
        {
            io.WriteJson(rows);
        }
        else
        {
            Write(rows, io);
        }

        return rows.TrueForAll(row => row.Leaks == 0 || row.Intended) ? ExitCode.Success : ExitCode.Failed;
    }

    private static void Write(List<StageLeaks> rows, CommandIo io)
    {
        var table = new TextTable("stage", ">predictions tried", ">later positions seen", ">answers seen", "verdict");
        foreach (var row in rows)
        {
            table.Row(row.Stage, $"{row.Examined}", $"{row.SeenAhead}", $"{row.Leaks}", (row.Leaks, row.Intended) switch
            {
                (0, _) => "tight",
                (_, true) => "LEAKS, as this stage's attention intends: its loss measures copying too",
                _ => "LEAKS",
            });
        }

        table.Write(io);
    }

    private sealed record StageLeaks(string Stage, int Examined, int SeenAhead, int Leaks, bool Intended);
}
