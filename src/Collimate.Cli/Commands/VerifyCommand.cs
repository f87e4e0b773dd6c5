using System.CommandLine;
using System.Globalization;
using Collimate.Cli.Display;
using Collimate.Verification;

namespace Collimate.Cli.Commands;

/// <summary><c>collimate verify</c>: does this checkpoint compute here what it computed where its numbers were recorded?</summary>
internal static class VerifyCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "A checkpoint with inputs.safetensors and outputs.safetensors beside it (docs/verify.md).", HelpName = "FOLDER" };
        var tolerance = new Option<double?>("--tolerance")
        {
            Description = "The largest absolute error of an output of unit scale, 2e-5 by default; losses get half of it, gradients five times as much.", HelpName = "X",
        };
        var strict = CheckpointOptionSet.StrictOption();
        var json = CommandActions.JsonOption();
        var command = new Command("verify", "Replay a checkpoint's recorded inputs and compare every recorded output.") { folder, tolerance, strict, json };
        return command.Runs((parse, io, cancellationToken) =>
        {
            var options = new VerificationOptions { Tolerance = parse.GetValue(tolerance), Strict = parse.GetValue(strict) };
            if (options.Tolerance is not (null or >= 0 and < double.PositiveInfinity))
            {
                throw new UsageException($"--tolerance {options.Tolerance}: expected a number of at least 0.");
            }

            var report = Verify(parse.GetRequiredValue(folder), options, io, cancellationToken);
            if (parse.GetValue(json))
            {
                io.WriteJson(new { report.Folder, report.ModelType, report.Passed, report.Ignored, Comparisons = report.Comparisons.Select(Shown) });
            }
            else
            {
                Write(report, io);
            }

            return report.Passed ? ExitCode.Success : ExitCode.Failed;
        });
    }

    private static VerificationReport Verify(string folder, VerificationOptions options, CommandIo io, CancellationToken cancellationToken)
    {
        var progress = io.Progress();
        var (gate, done, total, ended, started) = (new Lock(), 0, 0, false, false);

        // Small models are through before anyone asks how far it is.
        using var late = new Timer(_ => Locked(() =>
        {
            if (!ended)
            {
                progress.Start($"verify {Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))}", total, "comparisons");
                progress.Report(done);
                started = true;
            }
        }), null, Patience, Timeout.InfiniteTimeSpan);
        try
        {
            return Verifier.Verify(folder, options, count => Locked(() => total = count), comparison => Locked(() =>
            {
                done++;
                if (started)
                {
                    progress.Report(done, comparison.Name);
                }
            }), cancellationToken);
        }
        finally
        {
            Locked(() =>
            {
                ended = true;
                progress.Finish();
            });
        }

        void Locked(Action work)
        {
            lock (gate)
            {
                work();
            }
        }
    }

    private static object Shown(ValueComparison comparison) => new
    {
        Kind = Word(comparison.Kind), comparison.Name, comparison.AbsoluteError, comparison.RelativeError, comparison.Tolerance, comparison.Passed, comparison.Problem, comparison.Note,
    };

    private static string Word(ComparisonKind kind) => kind.ToString().ToLowerInvariant();

    private static void Write(VerificationReport report, CommandIo io)
    {
        var table = new TextTable("kind", "name", ">absolute", ">relative", ">tolerance", "verdict");
        foreach (var one in report.Comparisons)
        {
            table.Row(Word(one.Kind), one.Name, Number(one.AbsoluteError), Number(one.RelativeError), Number(one.Tolerance), one.Problem ?? (one.Note is null ? "ok" : $"ok ({one.Note})"));
        }

        table.Write(io);
        foreach (var name in report.Ignored)
        {
            io.Output.WriteLine($"ignored: {name}");
        }

        io.Output.WriteLine();
        var failed = report.Comparisons.Count(one => !one.Passed);
        io.Output.WriteLine(report.FirstFailure is { } first
            ? $"{report.ModelType}: {failed} of {report.Comparisons.Count} comparisons failed; the first is {Word(first.Kind)} {first.Name}: {first.Problem}"
            : $"{report.ModelType}: all {report.Comparisons.Count} comparisons agree");
    }

    private static string Number(double? value) => value switch
    {
        null => "",
        0 => "0",
        { } some => some.ToString("0.0e+00", CultureInfo.InvariantCulture),
    };
}
