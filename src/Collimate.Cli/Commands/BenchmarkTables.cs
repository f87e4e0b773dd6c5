using System.Globalization;
using Collimate.Cli.Display;
using Collimate.Evaluation.Benchmarks.Runs;

namespace Collimate.Cli.Commands;

/// <summary>Writes what an evaluation found.</summary>
internal static class BenchmarkTables
{
    /// <summary>Writes a report.</summary>
    /// <param name="report">The report.</param>
    /// <param name="path">The file that holds it.</param>
    /// <param name="json">Whether that file is written out as it is.</param>
    /// <param name="io">Where it goes.</param>
    public static void Write(EvaluationReport report, string path, bool json, CommandIo io)
    {
        if (json)
        {
            io.Output.Write(File.ReadAllText(path));
            return;
        }

        var table = new TextTable("figure", ">value", ">95 % interval", ">n");
        foreach (var figure in report.Figures)
        {
            table.Row(figure.Name, Number(figure.Value), figure is { Low: { } low, High: { } high } ? $"{Number(low)} to {Number(high)}" : "", $"{figure.N ?? report.N}");
        }

        table.Write(io);
        io.Output.WriteLine($"{report.Title}, protocol {report.Protocol}: {report.N} answers, {report.ParseFailures} not understood{(report.Unscored > 0 ? $", {report.Unscored} without a score" : "")}; {path}");
    }

    /// <summary>A figure with four digits after the point.</summary>
    public static string Number(double value) => double.IsFinite(value) ? value.ToString("0.0000", CultureInfo.InvariantCulture) : "-";
}
