using System.CommandLine;
using System.Globalization;
using Collimate.Cli.Display;
using Collimate.Models.Permutation;
using Collimate.PermutationLearning;

namespace Collimate.Cli.Commands;

/// <summary><c>collimate permute</c>: a network learns to put tokens in order, the experiment of the Gumbel permutation Sinkformer, and one that shows whether anything general is learnt.</summary>
internal static class PermuteCommand
{
    private static readonly Dictionary<string, HardeningMode> Hardenings = Enum.GetValues<HardeningMode>().ToDictionary(mode => mode.ToString().ToLowerInvariant());

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var words = new Words();
        var command = new Command("permute", "Learn permutations of tokens, and see whether anything general is learnt.")
        {
            words.Tokens, words.Preset, words.Task, words.Steps, words.Width, words.Hidden, words.Layers, words.LearningRate, words.Noise, words.Hardening,
            words.Seed, words.Folder, words.Workers, words.Json,
        };
        return command.Runs((parse, io, cancellation) =>
        {
            var settings = words.Read(parse);
            var folder = parse.GetValue(words.Folder);
            PermutationReport report;
            using (var display = new PermutationDisplay(io.Progress(), settings, folder is null ? null : Path.Combine(folder, "metrics.jsonl")))
            {
                report = PermutationExperiment.Run(settings, display, parse.GetValue(words.Workers), cancellation);
            }

            if (folder is not null)
            {
                PermutationPage.Save(report, folder);
            }

            Write(io, report, folder, parse.GetValue(words.Json));
            return ExitCode.Success;
        });
    }

    private static void Write(CommandIo io, PermutationReport report, string? folder, bool asJson)
    {
        if (asJson)
        {
            io.WriteJson(ReportOf(report));
            return;
        }

        var table = new TextTable("", ">right places", ">permutation", ">sums off by", ">loss");
        void Row(string name, PermutationFigures figures) => table.Row(
            name, Percent(figures.Accuracy), figures.IsPermutation ? "yes" : "no", Text($"{figures.DoublyStochasticError:0.0E+0}"), Text($"{figures.Loss:0.00000}"));
        Row("row-wise largest", report.Clean.Soft);
        Row($"by {NameOf(report.Settings.Hardening)}", report.Clean.Hard);
        Row("row-wise largest, with noise", report.Noisy.Soft);
        Row($"by {NameOf(report.Settings.Hardening)}, with noise", report.Noisy.Hard);
        if (report.HeldOut is { } unseen)
        {
            Row("unseen sets, row-wise largest", unseen.Soft);
            Row($"unseen sets, by {NameOf(report.Settings.Hardening)}", unseen.Hard);
        }

        table.Write(io);
        io.Output.WriteLine(Text(
            $"{report.Settings.Tokens} tokens, {report.Parameters:N0} parameters, {report.Settings.Steps} steps in {report.Seconds:0.0} s: {Percent(report.Headline.Accuracy)} of the places right, {(report.Headline.IsPermutation ? "a permutation" : "no permutation")}"));
        if (folder is not null)
        {
            io.Output.WriteLine($"The page: {Path.GetFullPath(Path.Combine(folder, "report.html"))}");
        }
    }

    private static object ReportOf(PermutationReport report)
    {
        var settings = report.Settings;
        return new
        {
            report.Headline.Accuracy, report.Headline.IsPermutation, Seconds = Math.Round(report.Seconds, 3), settings.Steps, report.FirstPerfectStep,
            Task = settings.Task.ToString().ToLowerInvariant(), settings.Tokens,
            Settings = new
            {
                settings.Sets, settings.Network.Width, settings.Network.Hidden, settings.Network.Layers, settings.Network.Alpha, settings.Network.Dropout, report.Parameters,
                settings.Sinkhorn.Iterations, Sinkhorn = settings.Sinkhorn.Form.ToString().ToLowerInvariant(), Temperature = new { settings.Temperature.Start, settings.Temperature.End }, settings.Noise,
                Loss = settings.Loss.ToString().ToLowerInvariant(), settings.HardAfter, Hardening = NameOf(settings.Hardening), settings.LearningRate, settings.WeightDecay, settings.ClipNorm, Precision = settings.Precision is null ? "fp32" : "bf16", settings.Seed,
            },
            WithoutNoise = report.Clean,
            WithNoise = report.Noisy,
            report.HeldOut,
            LastStep = report.Steps[^1],
        };
    }

    private static string NameOf(HardeningMode mode) => mode.ToString().ToLowerInvariant();

    private static string Percent(double share) => Text($"{share * 100:0.00} %");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>The command's options, and how they are read.</summary>
    private sealed class Words
    {
        public Option<int?> Tokens { get; } = new("--tokens") { Description = "Tokens in a set: 800, or 32 to sort.", HelpName = "N" };

        public Option<string> Preset { get; } = Choice("--preset", "Settings to start from: lean (fast), or paper (as published; a step takes a minute on two cores).", "lean", ["lean", "paper"]);

        public Option<string> Task { get; } = Choice("--task", "What is learnt: random permutations of fixed sets, or to sort by a hidden projection, judged on unseen sets.", "random", ["random", "sort"]);

        public Option<long?> Steps { get; } = new("--steps") { Description = "Optimizer steps.", HelpName = "N" };

        public Option<int?> Width { get; } = new("--width") { Description = "Width of a token.", HelpName = "N" };

        public Option<int?> Hidden { get; } = new("--hidden") { Description = "Width of the feed-forward part; 0 for none.", HelpName = "N" };

        public Option<int?> Layers { get; } = new("--layers") { Description = "Blocks of the network.", HelpName = "N" };

        public Option<double?> LearningRate { get; } = new("--learning-rate") { Description = "The highest learning rate.", HelpName = "X" };

        public Option<double?> Noise { get; } = new("--noise") { Description = "The factor on the Gumbel noise while training.", HelpName = "X" };

        public Option<string?> Hardening { get; } = new("--hardening") { Description = $"How the matrix becomes a permutation: {string.Join(", ", Hardenings.Keys)}.", HelpName = "MODE" };

        public Option<ulong> Seed { get; } = new("--seed") { Description = "Tokens, permutations, weights and noise follow from it.", HelpName = "S", DefaultValueFactory = _ => 1 };

        public Option<string?> Folder { get; } = new("--out") { Description = "The folder for pictures and metrics.jsonl; nothing is written without it.", HelpName = "DIR" };

        public Option<int> Workers { get; } = CommandActions.WorkersOption();

        public Option<bool> Json { get; } = CommandActions.JsonOption();

        public PermutationSettings Read(ParseResult parse)
        {
            var isSort = parse.GetValue(Task) == "sort";
            var isPaper = parse.GetValue(Preset) == "paper";
            if (isSort && isPaper)
            {
                throw new UsageException("--preset paper is the published experiment, which has random permutations; leave out --preset to sort");
            }

            var start = isSort ? PermutationSettings.Sort : isPaper ? PermutationSettings.Paper : PermutationSettings.Lean;
            var settings = start with
            {
                Tokens = parse.GetValue(Tokens) ?? start.Tokens,
                Steps = parse.GetValue(Steps) ?? start.Steps,
                LearningRate = parse.GetValue(LearningRate) ?? start.LearningRate,
                Noise = parse.GetValue(Noise) ?? start.Noise,
                Hardening = parse.GetValue(Hardening) is { } mode ? ModeOf(mode) : start.Hardening,
                Seed = parse.GetValue(Seed),
                Network = start.Network with
                {
                    Width = parse.GetValue(Width) ?? start.Network.Width, Hidden = parse.GetValue(Hidden) ?? start.Network.Hidden, Layers = parse.GetValue(Layers) ?? start.Network.Layers,
                },
            };
            Require(settings.Tokens >= 2, "--tokens", settings.Tokens, "at least 2, as one token has only one order");
            Require(settings.Tokens <= PermutationSettings.MostTokens, "--tokens", settings.Tokens, $"at most {PermutationSettings.MostTokens}, as the matrices grow with its square");
            Require(settings.Steps >= 1, "--steps", settings.Steps, "at least 1");
            Require(settings.Network.Width >= (isSort ? 2 : 1), "--width", settings.Network.Width, isSort ? "at least 2: one number is the place's address" : "at least 1");
            Require(settings.Network.Hidden >= 0, "--hidden", settings.Network.Hidden, "at least 0");
            Require(settings.Network.Layers >= 1, "--layers", settings.Network.Layers, "at least 1");
            Require(double.IsFinite(settings.LearningRate) && settings.LearningRate > 0, "--learning-rate", settings.LearningRate, "a number above 0");
            Require(double.IsFinite(settings.Noise) && settings.Noise >= 0, "--noise", settings.Noise, "a number of at least 0");
            Require(parse.GetValue(Workers) >= 1, "--workers", parse.GetValue(Workers), "at least 1");
            return settings;
        }

        private static HardeningMode ModeOf(string word) => Hardenings.TryGetValue(word, out var mode)
            ? mode
            : throw new UsageException($"--hardening {word}: there are {string.Join(", ", Hardenings.Keys)}");

        private static void Require<T>(bool holds, string option, T found, string expected) where T : IFormattable
        {
            if (!holds)
            {
                throw new UsageException($"{option} is {found.ToString(null, CultureInfo.InvariantCulture)}; it must be {expected}");
            }
        }

        private static Option<string> Choice(string name, string description, string standard, string[] words)
        {
            var option = new Option<string>(name) { Description = description, HelpName = string.Join('|', words), DefaultValueFactory = _ => standard };
            return option.AcceptOnlyFromAmong(words);
        }
    }
}
