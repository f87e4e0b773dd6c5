using System.CommandLine;
using System.Diagnostics;
using Collimate.Cli.Display;
using Collimate.Data.Scenes;
using Collimate.Demo;
using Collimate.Evaluation;
using Collimate.Recipes;
using Collimate.Reports;
using Collimate.Torch;

namespace Collimate.Cli.Commands;

/// <summary><c>collimate demo</c>: trains a small vision-language model before one's eyes and reports on it.</summary>
internal static class DemoCommand
{
    private const string RecipePath = "recipes/scenes/llava.yaml";
    private const int ShownQuestions = 4;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var quick = new Option<bool>("--quick") { Description = "A form of a minute or two that checks the machinery; too short to learn much." };
        var output = new Option<string>("--out") { Description = "Where everything is written.", HelpName = "DIR", DefaultValueFactory = _ => Path.Combine("runs", "demo") };
        var resume = new Option<bool>("--resume") { Description = "Go on with an interrupted demonstration." };
        var workers = CommandActions.WorkersOption();
        var command = new Command("demo", "Train a small vision-language model, see it answer, and get a report.") { quick, output, resume, workers };
        return command.Runs((parse, io, cancellation) =>
        {
            var size = parse.GetValue(quick) ? DemoSize.Quick : DemoSize.Full;
            var folder = parse.GetValue(output)!;
            using var demo = new Demonstration(ProjectFile(RecipePath), folder, parse.GetValue(workers), size, parse.GetValue(resume));
            using var watch = new TrainingWatch(io, folder, RecipeSnapshot.ToYaml(demo.Run.Document));
            return Run(demo, folder, watch, io, parse.GetValue(quick), cancellation);
        });
    }

    private static int Run(Demonstration demo, string folder, TrainingWatch watch, CommandIo io, bool quick, CancellationToken cancellation)
    {
        io.Output.WriteLine($"A scene of the gym: {Path.GetFullPath(demo.SaveScene())}");
        var before = demo.AskGallery();
        WriteAnswers(demo, before, "before training", io);
        var clock = Stopwatch.StartNew();
        if (demo.Run.Train(watch.Observer, cancellation: cancellation) is { } stopped)
        {
            watch.Dispose();
            return TrainCommand.Ended(stopped, $"demo{(quick ? " --quick" : "")} --out {folder} --resume", demo.Run.ModelPath, io);
        }

        var training = clock.Elapsed;
        var after = demo.AskGallery();
        if (demo.TrainBlind(watch.Observer, cancellation) is not { } blind)
        {
            watch.Dispose();
            return TrainCommand.Ended(demo.Run.ModelPath, $"demo{(quick ? " --quick" : "")} --out {folder}", demo.Run.ModelPath, io);
        }

        watch.Dispose();
        WriteAnswers(demo, after, "after training", io);
        var splits = new[] { Evaluate(demo, SceneSplit.TestCompositions, blind.Compositions, io, cancellation), Evaluate(demo, SceneSplit.TestUnseen, blind.Unseen, io, cancellation) };
        var alignment = demo.MeasureAlignment();
        foreach (var split in splits)
        {
            WriteTable(split, io);
        }

        var aligned = alignment.Report.Objects;
        io.Output.WriteLine($"\nAlignment: the nearest word is the right one for {aligned.TopOne:P1} of the object patches, among the five nearest for {aligned.TopFive:P1}; mean rank {aligned.MeanRank:0.0} of {alignment.Report.Words}");
        var report = Path.Combine(folder, "report.html");
        DemoReportPage.Save(Report(demo, folder, watch.Display, training, before, after, splits, alignment), report);
        ReportJson.Save(new { accuracy = splits, alignment = alignment.Report }, Path.ChangeExtension(report, ".json"));
        io.Output.WriteLine($"Training took {training.TotalSeconds:0} s. The report: {Path.GetFullPath(report)}");
        io.Output.WriteLine($"Ask about a picture of your own: ./collimate ask {folder} --image FILE \"is there a dog?\"");
        return ExitCode.Success;
    }

    private static SplitAccuracy Evaluate(Demonstration demo, SceneSplit split, SceneScores blind, CommandIo io, CancellationToken cancellation)
    {
        var (title, meaning) = split == SceneSplit.TestCompositions
            ? ("held-out compositions", "Objects that training showed, together as it never showed them.")
            : ("unseen objects", "Scenes with an object that alignment and instruction never showed or named.");
        var progress = io.Progress();
        progress.Start($"asking: {title}", 0, "scenes");
        var model = demo.Evaluate(split, Shown.Picture, new Progress<int>(done => progress.Report(done)), cancellation);
        var blank = demo.Evaluate(split, Shown.BlankPicture, null, cancellation);
        var baselines = demo.Baselines(split).ToDictionary(b => b.Kind);
        progress.Finish();
        return new SplitAccuracy(title, meaning, [.. model.Kinds.Keys.Select(kind => new KindAccuracy(
            Words(kind), model.Of(kind), ScoreOr(blank, kind), ScoreOr(blind, kind), baselines.TryGetValue(kind, out var baseline) ? baseline.Majority : null, model.Kinds[kind].Asked))]);
    }

    private static double? ScoreOr(SceneScores scores, QuestionKind kind) => scores.Kinds.ContainsKey(kind) ? scores.Of(kind) : null;

    private static void WriteAnswers(Demonstration demo, IReadOnlyList<IReadOnlyList<string>> answers, string when, CommandIo io)
    {
        io.Output.WriteLine($"\nAsked {when}:");
        var table = new TextTable("question", "answer", "truth");
        for (var q = 0; q < Math.Min(ShownQuestions, demo.Gallery[0].Questions.Count); q++)
        {
            var question = demo.Gallery[0].Questions[q];
            table.Row(question.Text, Short(answers[0][q]), question.Answer);
        }

        table.Write(io);
        io.Output.WriteLine();
    }

    private static void WriteTable(SplitAccuracy split, CommandIo io)
    {
        io.Output.WriteLine($"\nAccuracy on {split.Title} (exact answers, %):");
        var table = new TextTable("kind", ">model", ">blank picture", ">trained blind", ">majority", ">questions");
        foreach (var kind in split.Kinds.Append(split.Mean))
        {
            table.Row(kind.Kind, Percent(kind.Model), Percent(kind.Blank), Percent(kind.Blind), Percent(kind.Majority), $"{kind.Questions}");
        }

        table.Write(io);
    }

    private static DemoReport Report(
        Demonstration demo, string folder, TrainingDisplay display, TimeSpan training, IReadOnlyList<IReadOnlyList<string>> before,
        IReadOnlyList<IReadOnlyList<string>> after, IReadOnlyList<SplitAccuracy> splits, AlignmentPictures alignment) => new()
    {
        Name = demo.Run.Recipe.Name,
        Date = DateTimeOffset.Now,
        Duration = training,
        Hardware = $"{Environment.ProcessorCount} CPU cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB",
        Versions = [("collimate", typeof(CollimateException).Assembly.GetName().Version!.ToString(3)), ("libtorch", TorchRuntime.Version), (".NET", Environment.Version.ToString())],
        Training = [.. display.History.Select(h => new TrainingSeries(h.Key, h.Value.Steps, h.Value.Losses)
        {
            Learns = demo.Run.Recipe.Stages.FirstOrDefault(s => s.Name == h.Key) is { } stage ? string.Join(" and ", stage.LearningRates.Keys) : "language, without pictures",
            Duration = h.Value.Duration,
        })],
        Accuracy = splits,
        Gallery = [.. demo.Gallery.Select((item, k) => new GalleryItem(
            item.Scene.Id, SceneRenderer.Render(item.Scene),
            [.. item.Questions.Select((q, n) => new GalleryQuestion(q.Text, q.Answer, Short(before[k][n]), Short(after[k][n])))]))],
        AlignmentMaps = alignment.Pictures,
        AlignmentAccuracy = alignment.Report.Objects.TopOne,
        Alignment = alignment.Report,
        RecipeYaml = RecipeSnapshot.ToYaml(demo.Run.Document),
        NextCommands = [$"./collimate ask {folder} --image FILE \"is there a dog?\"", "./collimate train recipes/scenes/llava.yaml --set stages.instruct.steps=2000"],
    };

    private static string Percent(double? share) => share is { } value ? $"{100 * value:0.0}" : "";

    private static string Short(string answer) => answer.Length <= 40 ? answer : answer[..39] + "…";

    private static string Words(QuestionKind kind) => string.Concat(kind.ToString().Select((c, k) => k > 0 && char.IsUpper(c) ? $" {char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));

    // The project's own files are found beside the program, or above it where it runs from its build folder.
    private static string ProjectFile(string relative)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, relative);
            if (File.Exists(path))
            {
                return path;
            }
        }

        throw new FileNotFoundException($"{relative} was not found beside or above {AppContext.BaseDirectory}; run the demonstration from a clone of the project.");
    }
}
