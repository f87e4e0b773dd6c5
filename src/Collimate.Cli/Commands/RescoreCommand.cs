using System.CommandLine;
using Collimate.Cli.Display;
using Collimate.Evaluation.Benchmarks.Runs;

namespace Collimate.Cli.Commands;

/// <summary><c>collimate rescore</c>: makes a run's report anew of its samples alone.</summary>
internal static class RescoreCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var run = new Argument<string>("run") { Description = "The folder of an evaluation." };
        var protocol = new Option<string?>("--protocol") { Description = "Count by another protocol of the benchmark; the report is then report-PROTOCOL.json.", HelpName = "P" };
        var parser = new Option<string?>("--parser") { Description = "Understand the answers by another parser.", HelpName = "NAME" };
        var json = CommandActions.JsonOption();
        var command = new Command("rescore", "Make an evaluation's report anew of its samples, by the same protocol or another.") { run, protocol, parser, json };
        return command.Runs((parse, io, _) =>
        {
            var scored = RunScoring.Rescore(parse.GetRequiredValue(run), parse.GetValue(protocol), parse.GetValue(parser));
            if (scored.Changed > 0)
            {
                io.Error.WriteLine($"{scored.Changed} samples say another answer or score than is found in them now: the parser or the metric has changed since, or the file.");
            }

            BenchmarkTables.Write(scored.Report, scored.Path, parse.GetValue(json), io);
            return ExitCode.Success;
        });
    }
}
