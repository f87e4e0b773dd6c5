using System.CommandLine;
using Collimate.Cli.Display;
using Collimate.Inspection.Rotary;
using Collimate.Reports;

namespace Collimate.Cli.Commands;

/// <summary><c>collimate inspect --rotary</c>: how attention between a word and its patch changes with their distance.</summary>
internal sealed class RotaryInspection
{
    private readonly Option<bool> rotary = new("--rotary") { Description = "Show how an attention score changes with distance under rotary positions." };
    private readonly Option<int> width = new("--width") { Description = "Width of the vectors of --rotary.", HelpName = "N", DefaultValueFactory = _ => 2048 };
    private readonly Option<double> theta = new("--theta") { Description = "Base of the frequencies of --rotary.", HelpName = "BASE", DefaultValueFactory = _ => 10000 };
    private readonly Option<int> seed = new("--vector-seed") { Description = "NumPy's seed of the vectors of --rotary.", HelpName = "N", DefaultValueFactory = _ => 100 };
    private readonly Option<int> most = new("--distance") { Description = "The largest distance that --rotary shows.", HelpName = "N", DefaultValueFactory = _ => 640 };

    internal RotaryInspection(Command command)
    {
        foreach (var option in (Option[])[rotary, width, theta, seed, most])
        {
            command.Add(option);
        }
    }

    internal bool IsAsked(ParseResult parse) => parse.GetValue(rotary);

    internal int Run(ParseResult parse, string? output, bool asJson, CommandIo io)
    {
        var (wide, by, from, last) = (parse.GetValue(width), parse.GetValue(theta), parse.GetValue(seed), parse.GetValue(most));
        if (wide < 2 || wide % 2 != 0 || wide > 1 << 20 || !(by > 1) || from < 0 || last is < 1 or > 100_000)
        {
            throw new UsageException($"--rotary wants an even --width from 2 (found {wide}), a --theta above 1 (found {by}), a --vector-seed from 0 (found {from}) and a --distance from 1 to 100000 (found {last})");
        }

        var example = RotaryDistance.Random(wide, by, (uint)from);
        int[] shown = [.. ((int[])[0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 599, last]).Where(distance => distance <= last).Distinct().Order()];
        var scores = shown.Select(distance => new Row(distance, example.Score(distance), example.Score(-distance), example.Kept(distance))).ToArray();
        if (asJson)
        {
            io.WriteJson(new { width = wide, theta = by, seed = from, scores });
        }
        else
        {
            var table = new TextTable(">distance", ">word after patch", ">patch after word", ">kept on average");
            foreach (var row in scores)
            {
                table.Row($"{row.Distance}", FormattableString.Invariant($"{row.WordAfterPatch:0.000}"), FormattableString.Invariant($"{row.PatchAfterWord:0.000}"), FormattableString.Invariant($"{row.KeptOnAverage:0.000}"));
            }

            table.Write(io);
        }

        if (output is not null)
        {
            RotaryPicture.Save(output, example, last, FormattableString.Invariant($"Attention score and distance: width {wide}, base {by}, NumPy seed {from}"));
            io.Error.WriteLine($"The curve is in {output}");
        }

        return ExitCode.Success;
    }

    private sealed record Row(int Distance, double WordAfterPatch, double PatchAfterWord, double KeptOnAverage);
}
