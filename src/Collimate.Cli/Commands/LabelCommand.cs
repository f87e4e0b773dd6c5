using System.CommandLine;
using Collimate.Cli.Display;
using Collimate.Data.Conversations;
using Collimate.Imaging;
using Collimate.Models.Text;
using Collimate.Reports;
using Collimate.Semantics;
using Collimate.Semantics.Labels;
using Collimate.Tokenization;

namespace Collimate.Cli.Commands;

/// <summary><c>collimate label</c>: finds the words of the patches of many pictures once, for SEA's objective to read; or finds out which way of comparing suits an encoder.</summary>
internal static class LabelCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var words = new LabelOptionSet();
        var command = new Command("label", "Find the words of every patch of pictures with a dual encoder, for SEA; or measure which similarity suits it.");
        words.AddTo(command);
        return command.Runs((parse, io, cancellation) =>
        {
            var request = words.Read(parse);
            using var encoder = DualEncoder.Load(request.Encoder);
            encoder.SetRequiresGrad(false);
            var tools = new Tools(encoder, Tokenizer.Load(request.Encoder), ImageProcessor.Load(request.Encoder));
            return request.Calibrates ? Calibrate(request, tools, io, cancellation) : Label(request, tools, io, cancellation);
        });
    }

    private static int Label(LabelRequest request, Tools tools, CommandIo io, CancellationToken cancellation)
    {
        var progress = io.Progress();
        var bad = 0;
        using var labeller = Waiting(progress, request, () => new Labeller(tools.Encoder, tools.Tokenizer, tools.Processor, request.Words, request.Choices)
        {
            ChunkSize = request.ChunkSize, Workers = request.Workers,
            OnBadPicture = request.SkipsBad || request.Supply.LeavesBad ? message =>
            {
                bad++;
                progress.Note($"left out: {message}");
            }
            : null,
        });
        long looked;
        progress.Start($"label {request.Supply.Name}", request.Supply.Count, "pictures");
        try
        {
            looked = labeller.Label(request.Supply.Pictures, request.Out!, (passed, labelled) => progress.Report(passed, $"{labelled} labelled"), cancellation);
        }
        finally
        {
            progress.Finish();
        }

        using var file = LabelFile.Open(request.Out!);
        var statistics = LabelStatistics.Of(file, labeller);
        if (request.Report is { } page)
        {
            LabelPage.Save(page, statistics, file.Origin);
        }

        var bytes = new FileInfo(request.Out!).Length;
        if (request.AsJson)
        {
            io.WriteJson(new { request.Out, Bytes = bytes, LookedAt = looked, BadPictures = bad, Origin = Shown(file.Origin), Statistics = statistics });
        }
        else
        {
            Write(io, request, statistics, bytes, looked, bad);
        }

        return ExitCode.Success;
    }

    private static int Calibrate(LabelRequest request, Tools tools, CommandIo io, CancellationToken cancellation)
    {
        var progress = io.Progress();
        Sample[] samples = [.. request.Supply.Samples];
        CalibrationReport report;
        progress.Start($"calibrate on {request.Supply.Name}", samples.Length, "pictures");
        try
        {
            report = LabelCalibration.Run(tools.Encoder, tools.Tokenizer, tools.Processor, request.Words, request.Choices, samples, done => progress.Report(done), cancellation);
        }
        finally
        {
            progress.Finish();
        }

        if (request.AsJson)
        {
            io.WriteJson(new { report.Pictures, report.CaptionWords, report.Words, report.LeftOut, request.Choices.Top, Modes = report.Modes.Select(mode => new { Similarity = NameOf(mode.Similarity), mode.MeanRank, mode.InTop }) });
            return ExitCode.Success;
        }

        var table = new TextTable("similarity", ">mean rank", $">of {report.Words} words", $">in the top {request.Choices.Top}");
        foreach (var mode in report.Modes)
        {
            table.Row(NameOf(mode.Similarity), $"{mode.MeanRank:0.0}", Percent(mode.MeanRank / report.Words), Percent(mode.InTop));
        }

        table.Write(io);
        io.Output.WriteLine($"{report.CaptionWords} words of captions of {report.Pictures} pictures; chance is a rank of {(report.Words + 1) / 2.0:0.0}. Best: --similarity {NameOf(report.Modes[0].Similarity)}");
        if (report.LeftOut.Count > 0)
        {
            io.Output.WriteLine($"left out, as more than a quarter of the captions have them: {string.Join(", ", report.LeftOut)}");
        }

        return ExitCode.Success;
    }

    private static void Write(CommandIo io, LabelRequest request, LabelStatistics statistics, long bytes, long looked, int bad)
    {
        io.Output.WriteLine($"{request.Out}: {statistics.Pictures} pictures, {looked} of them looked at now, {bytes / 1048576.0:0.0} MiB ({bytes / Math.Max(1, statistics.Pictures)} bytes a picture)");
        new TextTable("", ">")
            .Row("patches with a word", Percent(statistics.LabelledPatches))
            .Row("words of a patch", $"{statistics.WordsPerPatch:0.00}")
            .Row("candidates dropped, not above 0", Percent(statistics.DroppedCandidates))
            .Row("words whose mean score is below 0", Percent(statistics.WordsBelowZero))
            .Row("mean score of all words", $"{statistics.MeanScore:0.0000}")
            .Row("words used", Percent(statistics.WordsUsed))
            .Row("kept scores: mean", $"{statistics.MeanKept:0.0000}")
            .Row("kept scores: most often about", $"{statistics.KeptScores.Mode:0.000}")
            .Write(io);
        io.Output.WriteLine($"used most: {string.Join(", ", statistics.MostUsed.Select(word => $"{word.Word} ({Percent(word.Share)})"))}");
        if (bad > 0)
        {
            io.Output.WriteLine($"{bad} pictures could not be read and were left out");
        }

        if (request.Report is { } page)
        {
            io.Output.WriteLine($"The page: {Path.GetFullPath(page)}");
        }
    }

    // A long list takes minutes to pass the text tower, a short one is through before anyone asks.
    private static Labeller Waiting(IProgressDisplay progress, LabelRequest request, Func<Labeller> make)
    {
        using var late = new Timer(_ => progress.Note($"reading {request.Words.Count} words with the text tower ..."), null, Patience, Timeout.InfiniteTimeSpan);
        return make();
    }

    private static object Shown(LabelOrigin origin) =>
        new { origin.Encoder, origin.Layer, Similarity = NameOf(origin.Similarity), origin.Templates, origin.Top, Grid = (int[])[origin.Rows, origin.Columns], origin.Width, origin.Words };

    private static string NameOf(SimilarityMode mode) => mode.ToString().ToLowerInvariant();

    private static string Percent(double share) => $"{share * 100:0.0} %";

    private sealed record Tools(DualEncoder Encoder, ITokenizer Tokenizer, ImageProcessor Processor);
}
