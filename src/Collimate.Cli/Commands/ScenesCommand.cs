using System.CommandLine;
using Collimate.Cli.Display;
using Collimate.Data.Puzzles;
using Collimate.Data.Scenes;

namespace Collimate.Cli.Commands;

/// <summary><c>collimate scenes</c>: writes scenes of the gym, or puzzles made of its objects, as a data set, and says what its questions yield to someone who does not look.</summary>
internal static class ScenesCommand
{
    private const int LearntPerScored = 4;
    private const int MostPuzzles = 10_000_000;

    private static readonly Dictionary<string, SceneExportFormat> Formats =
        Enum.GetValues<SceneExportFormat>().ToDictionary(format => format.ToString().ToLowerInvariant());

    private static readonly Dictionary<string, SceneSplit> Splits = Enum.GetValues<SceneSplit>().ToDictionary(SceneWorld.NameOf);

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var words = new Words();
        var command = new Command("scenes", "Write scenes of the gym, or puzzles, as a data set, or measure what its questions yield without looking.")
        {
            words.Folder, words.Count, words.Seed, words.Format, words.Split, words.Questions, words.Force, words.Baselines, words.Puzzles, words.Size, words.Json,
        };
        return command.Runs(async (parse, io, cancellationToken) =>
        {
            if (words.ReadPuzzles(parse) is { } puzzles)
            {
                PuzzleWriting.Run(io, puzzles, parse.GetValue(words.Json), cancellationToken);
                return ExitCode.Success;
            }

            var request = words.Read(parse);
            var written = request.Export is { } options ? Write(io, options, cancellationToken) : null;
            var rows = request.Baselines ? await Measure(io, request, cancellationToken) : null;
            Report(io, request.AsJson, new ScenesReport(written, rows));
            return ExitCode.Success;
        });
    }

    private static WrittenScenes Write(CommandIo io, SceneExportOptions options, CancellationToken cancellationToken)
    {
        var world = SceneSampleSource.World;
        var progress = io.Progress();
        progress.Start($"{SceneWorld.NameOf(options.Split)} scenes", options.Count, "scenes");
        try
        {
            SceneExporter.Export(world, options, new Reporter(progress), cancellationToken);
        }
        finally
        {
            progress.Finish();
        }

        return new WrittenScenes(
            options.Folder, options.Format.ToString().ToLowerInvariant(), SceneWorld.NameOf(options.Split), options.Count, options.Seed);
    }

    private static async Task<SceneBaseline[]> Measure(CommandIo io, ScenesRequest request, CancellationToken cancellationToken)
    {
        var learn = request.Split == SceneSplit.Pretrain ? SceneSplit.Pretrain : SceneSplit.Train;
        var learnt = (int)Math.Min(int.MaxValue, request.Count * LearntPerScored);
        io.Progress().Note($"learning answers from {learnt} {SceneWorld.NameOf(learn)} scenes, scoring {request.Count} {SceneWorld.NameOf(request.Split)} scenes ...");
        // The measurement knows no safe point; it leaves nothing behind, so it is simply abandoned.
        var rows = await Task.Run(
            () => SceneBaselines.Measure(SceneSampleSource.World, learn, request.Split, learnt, (int)request.Count, request.Seed),
            cancellationToken).WaitAsync(cancellationToken);
        return [.. rows];
    }

    private static void Report(CommandIo io, bool asJson, ScenesReport report)
    {
        if (asJson)
        {
            io.WriteJson(new
            {
                report.Written,
                Baselines = report.Baselines?.Select(row => new { Kind = row.Kind.ToString(), row.Asked, row.Share, row.Answers, row.Majority, row.Blind }),
            });
            return;
        }

        if (report.Written is { } written)
        {
            io.Output.WriteLine($"{written.Folder}: {written.Count} {written.Split} scenes as {written.Format}, seed {written.Seed}");
        }

        if (report.Baselines is { } rows)
        {
            var table = new TextTable("kind", ">asked", ">share", ">answers", ">majority", ">blind");
            foreach (var row in rows)
            {
                table.Row($"{row.Kind}", $"{row.Asked}", Percent(row.Share), $"{row.Answers}", Percent(row.Majority), Percent(row.Blind));
            }

            // The mean over kinds: what a model's mean accuracy over kinds is to be compared with.
            table.Row("mean", $"{rows.Sum(row => row.Asked)}", "", "", Percent(rows.Average(row => row.Majority)), Percent(rows.Average(row => row.Blind)));
            table.Write(io);
        }
    }

    private static string Percent(double part) => $"{part * 100:0.0} %";

    /// <summary>The command's options, and how they are read.</summary>
    private sealed class Words
    {
        public Option<string?> Folder { get; } = new("--out") { Description = "The folder to write into; made if absent.", HelpName = "DIR" };

        public Option<long> Count { get; } = new("--count") { Description = "How many scenes or puzzles to write, or scenes to score with --baselines.", DefaultValueFactory = _ => 1000, HelpName = "N" };

        public Option<ulong> Seed { get; } = new("--seed") { Description = "Which stream of scenes; the same seed gives the same files.", DefaultValueFactory = _ => 1, HelpName = "S" };

        public Option<string> Format { get; } = new Option<string>("--format") { Description = "The form of the data set.", DefaultValueFactory = _ => "llava" }
            .AcceptOnlyFromAmong([.. Formats.Keys]);

        public Option<string> Split { get; } = new Option<string>("--split") { Description = "Which part of the world.", DefaultValueFactory = _ => "train" }
            .AcceptOnlyFromAmong([.. Splits.Keys]);

        public Option<int> Questions { get; } = new("--questions") { Description = "Questions a scene.", DefaultValueFactory = _ => 6, HelpName = "N" };

        public Option<bool> Force { get; } = new("--force") { Description = "Write even where the folder holds something; files of the same name are replaced." };

        public Option<bool> Baselines { get; } = new("--baselines") { Description = "Print, per kind of question, what the commonest answer and the best blind guess yield." };

        public Option<bool> Puzzles { get; } = new("--puzzles") { Description = "Write puzzles with options in SMART-101's layout instead of scenes." };

        public Option<int> Size { get; } = new("--size") { Description = "Width and height of puzzles' pictures in pixels.", DefaultValueFactory = _ => 96, HelpName = "N" };

        public Option<bool> Json { get; } = CommandActions.JsonOption();

        /// <summary>What is asked for with --puzzles; null without it.</summary>
        /// <exception cref="UsageException">The options make no sense as they are.</exception>
        public PuzzleExportOptions? ReadPuzzles(ParseResult parse)
        {
            if (!parse.GetValue(Puzzles))
            {
                return parse.GetResult(Size) is { Implicit: false } ? throw new UsageException("--size is of puzzles' pictures; scenes are 96 pixels wide. Add --puzzles, or leave --size out.") : null;
            }

            if (((Option[])[Format, Split, Questions, Baselines]).FirstOrDefault(option => parse.GetResult(option) is { Implicit: false }) is { } foreign)
            {
                throw new UsageException($"{foreign.Name} is of scenes and does not go with --puzzles; leave one of them out.");
            }

            var (count, size) = (parse.GetValue(Count), parse.GetValue(Size));
            AtLeastOne("--count", count);
            if (count > MostPuzzles || size is < 48 or > 1024)
            {
                throw new UsageException(count > MostPuzzles ? $"--count is {count}; expected at most {MostPuzzles} puzzles." : $"--size is {size}; expected 48 to 1024 pixels.");
            }

            var folder = parse.GetValue(Folder) ?? throw new UsageException("say where to write with --out DIR.");
            return new PuzzleExportOptions { Folder = Checked(folder, parse.GetValue(Force)), Count = (int)count, Seed = parse.GetValue(Seed), PictureSize = size };
        }

        /// <exception cref="UsageException">The options make no sense as they are.</exception>
        public ScenesRequest Read(ParseResult parse)
        {
            var (folder, baselines) = (parse.GetValue(Folder), parse.GetValue(Baselines));
            if (folder is null && !baselines)
            {
                throw new UsageException("say where to write with --out DIR, or ask for --baselines.");
            }

            var (count, questions) = (parse.GetValue(Count), parse.GetValue(Questions));
            AtLeastOne("--count", count);
            AtLeastOne("--questions", questions);
            if (baselines && count > int.MaxValue / LearntPerScored)
            {
                throw new UsageException($"--count {count} is too many to score; use at most {int.MaxValue / LearntPerScored} with --baselines.");
            }

            var split = Splits[parse.GetRequiredValue(Split)];
            var seed = parse.GetValue(Seed);
            var export = folder is null ? null : new SceneExportOptions
            {
                Folder = Checked(folder, parse.GetValue(Force)), Count = count, Seed = seed, Split = split,
                Format = Formats[parse.GetRequiredValue(Format)], QuestionsPerScene = questions,
            };
            return new ScenesRequest(export, baselines, split, count, seed, parse.GetValue(Json));
        }

        private static void AtLeastOne(string option, long value)
        {
            if (value < 1)
            {
                throw new UsageException($"{option} is {value}; expected at least 1.");
            }
        }

        // Old and new scenes side by side would be a data set that no seed gives.
        private static string Checked(string folder, bool force)
        {
            if (string.IsNullOrWhiteSpace(folder))
            {
                throw new UsageException("--out names no folder.");
            }

            return force || !Directory.Exists(folder) || !Directory.EnumerateFileSystemEntries(folder).Any()
                ? folder
                : throw new UsageException($"--out '{folder}' is not empty; choose another folder, or write there all the same with --force.");
        }
    }

    private sealed class Reporter(IProgressDisplay display) : IProgress<(long Done, long Total)>
    {
        public void Report((long Done, long Total) value) => display.Report(value.Done);
    }

    private sealed record ScenesRequest(SceneExportOptions? Export, bool Baselines, SceneSplit Split, long Count, ulong Seed, bool AsJson);

    private sealed record WrittenScenes(string Folder, string Format, string Split, long Count, ulong Seed);

    private sealed record ScenesReport(WrittenScenes? Written, SceneBaseline[]? Baselines);
}
