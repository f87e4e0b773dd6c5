using System.CommandLine;
using System.Globalization;
using Collimate.Cli.Display;
using Collimate.Evaluation.Benchmarks.Runs;
using Collimate.Evaluation.Statistics;

namespace Collimate.Cli.Commands;

/// <summary><c>collimate significance</c>: whether two models that answered the same questions differ.</summary>
internal static class SignificanceCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var first = new Argument<string>("first") { Description = "The folder of one evaluation." };
        var second = new Argument<string>("second") { Description = "The folder of another, of the same questions." };
        var protocol = new Option<string?>("--protocol") { Description = "Count both by this protocol (default: the first's).", HelpName = "P" };
        var resamples = new Option<int>("--resamples") { Description = "How many sets of questions are drawn.", HelpName = "N", DefaultValueFactory = _ => BootstrapOptions.Default.Resamples };
        var seed = new Option<long>("--seed") { Description = "Which sets; the same seed gives the same figures.", HelpName = "S", DefaultValueFactory = _ => 1 };
        var json = CommandActions.JsonOption();
        var command = new Command("significance", "Test whether two evaluations of the same questions differ: McNemar and paired bootstrap.") { first, second, protocol, resamples, seed, json };
        return command.Runs((parse, io, _) =>
        {
            if (parse.GetValue(resamples) < 1)
            {
                throw new UsageException($"--resamples {parse.GetValue(resamples)}: expected a whole number from 1.");
            }

            var bootstrap = new BootstrapOptions { Resamples = parse.GetValue(resamples), Seed = (ulong)parse.GetValue(seed) };
            Write(RunComparison.Of(parse.GetRequiredValue(first), parse.GetRequiredValue(second), parse.GetValue(protocol), bootstrap), parse.GetValue(json), io);
            return ExitCode.Success;
        });
    }

    private static void Write(RunComparison comparison, bool json, CommandIo io)
    {
        if (json)
        {
            io.WriteJson(comparison);
            return;
        }

        var table = new TextTable("figure", ">first", ">second", ">difference", ">95 % interval", ">p");
        foreach (var figure in comparison.Figures)
        {
            table.Row(
                figure.Name, BenchmarkTables.Number(figure.First), BenchmarkTables.Number(figure.Second), BenchmarkTables.Number(figure.Test.Difference),
                $"{BenchmarkTables.Number(figure.Test.Low)} to {BenchmarkTables.Number(figure.Test.High)}", P(figure.Test.PValue));
        }

        table.Write(io);
        io.Output.WriteLine(comparison.McNemar is { } test
            ? $"McNemar ({(test.IsExact ? "exact binomial" : "chi-squared with continuity correction")}): {test.OnlyFirst} questions only the first answers rightly, {test.OnlySecond} only the second; p = {P(test.PValue)}"
            : "McNemar: not defined, since answers may be half right; the bootstrap above is.");
    }

    private static string P(double value) => value.ToString(value < 0.001 ? "0.0e-0" : "0.0000", CultureInfo.InvariantCulture);
}
