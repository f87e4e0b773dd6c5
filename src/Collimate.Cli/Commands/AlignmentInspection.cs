using System.CommandLine;
using Collimate.Cli.Display;
using Collimate.Evaluation;
using Collimate.Inspection;
using Collimate.Reports;

namespace Collimate.Cli.Commands;

/// <summary><c>collimate inspect --alignment</c>: how well a model's visual tokens stand in line with words, in figures and pictures.</summary>
internal sealed class AlignmentInspection
{
    private const int DefaultScenes = 100;

    private static readonly string[] Endings = [".html", ".json"];

    private readonly Option<bool> alignment = new("--alignment") { Description = "Measure on scenes how often visual tokens mean the right word, and how far pictures and text lie apart, layer by layer." };
    private readonly MeasuredScenes measured;

    internal AlignmentInspection(Command command, MeasuredScenes measured)
    {
        this.measured = measured;
        command.Add(alignment);
    }

    internal bool IsAsked(ParseResult parse) => parse.GetValue(alignment);

    internal int Run(ParseResult parse, string? target, string[] changes, string? output, bool asJson, CommandIo io, CancellationToken cancellation)
    {
        MeasuredScenes.CheckEnding(output, Endings);
        var options = new SceneAlignmentOptions { Scenes = measured.Count(parse, DefaultScenes), Words = measured.Words(parse), MeasuresLayers = true };
        using var built = InspectedModel.Load(MeasuredScenes.Target(target, "--alignment"), changes);
        var (report, pictures) = SceneAlignment.Measure(built, options, cancellation: cancellation);
        if (asJson)
        {
            io.WriteJson(report);
        }
        else
        {
            Write(report, io);
        }

        if (output is not null)
        {
            Save(output, report, pictures, InspectedModel.NameOf(target!));
            io.Error.WriteLine($"The report is in {output}");
        }

        return ExitCode.Success;
    }

    private static void Save(string output, AlignmentReport report, IReadOnlyList<RecalledPicture> pictures, string model)
    {
        if (Path.GetExtension(output).Equals(".json", StringComparison.OrdinalIgnoreCase))
        {
            ReportJson.Save(report, output);
        }
        else
        {
            AlignmentReportPage.Build(report, [.. pictures.Select(AlignmentPicture.From)], model, DateTimeOffset.Now).Save(output);
        }
    }

    private static void Write(AlignmentReport report, CommandIo io)
    {
        if (report.Objects.Patches > 0)
        {
            var table = new TextTable("patches", ">number", ">nearest word right", ">among five", ">mean rank", ">same group");
            foreach (var group in report.Groups)
            {
                Row(table, group.Kind == "sort" ? group.Name : $"{group.Kind}: {group.Name}", group.Ranks, $"{group.SameGroup:P1}");
            }

            Row(table, "all objects and symbols", report.Objects, "");
            Row(table, "unseen objects", report.Unseen, "");
            Row(table, "bare ground", report.Ground, "");
            table.Write(io);
        }
        else
        {
            io.Output.WriteLine("The connector's tokens do not stand for patches one by one, so there is no truth to judge their words by.");
        }

        io.Output.WriteLine(FormattableString.Invariant($"\n{report.Use.Used} of {report.Words} words are recalled, as varied as {report.Use.EffectiveWords:0.0} alike; most often '{report.Use.Frequent[0].Word}', for {report.Use.MostFrequentShare * 100:0.0} % of {report.Use.Tokens} visual tokens\n"));
        var gaps = new TextTable("where", ">gap", ">among pictures", ">among text", ">across", ">mixing", ">separability");
        Gap(gaps, "visual tokens and words", report.Embeddings);
        foreach (var (layer, gap) in report.Layers.Index())
        {
            Gap(gaps, layer == 0 ? "before the first layer" : layer == report.Layers.Count - 1 ? $"after layer {layer}, normed" : $"after layer {layer}", gap);
        }

        gaps.Write(io);
    }

    private static void Row(TextTable table, string name, AlignmentRanks ranks, string sameGroup)
    {
        if (ranks.Patches > 0)
        {
            table.Row(name, $"{ranks.Patches}", $"{ranks.TopOne:P1}", $"{ranks.TopFive:P1}", $"{ranks.MeanRank:0.0}", sameGroup);
        }
    }

    private static void Gap(TextTable table, string name, ModalityGap gap) => table.Row(
        name, $"{gap.Distance:0.000}", $"{gap.WithinVisual:0.000}", $"{gap.WithinText:0.000}", $"{gap.Across:0.000}", $"{gap.Mixing:0.000}", $"{gap.Separability:P1}");
}
