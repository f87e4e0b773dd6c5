using System.CommandLine;
using Collimate.Semantics;

namespace Collimate.Cli.Commands;

/// <summary>What <c>inspect --words</c> and <c>inspect --alignment</c> have in common: how many scenes, and which words.</summary>
internal sealed class MeasuredScenes
{
    private readonly Option<int?> scenes = new("--scenes") { Description = "Scenes that --words shows (4 where silent) or --alignment measures (100).", HelpName = "N" };
    private readonly Option<string?> list = new("--list") { Description = "The words that visual tokens are compared with, a file with one a line; the gym's own where silent.", HelpName = "FILE" };

    internal MeasuredScenes(Command command)
    {
        command.Add(scenes);
        command.Add(list);
    }

    /// <summary>Whether --scenes was said.</summary>
    internal bool IsCounted(ParseResult parse) => parse.GetValue(scenes) is not null;

    /// <summary>How many scenes.</summary>
    internal int Count(ParseResult parse, int silent) => (parse.GetValue(scenes) ?? silent) is var count and >= 1 ? count : throw new UsageException($"--scenes is {parse.GetValue(scenes)}; expected 1 or more");

    /// <summary>The words, or null for the gym's own.</summary>
    internal WordList? Words(ParseResult parse) => parse.GetValue(list) is { } file ? WordList.Load(file) : null;

    /// <summary>The model's folder or recipe.</summary>
    internal static string Target(string? target, string option) =>
        target ?? throw new UsageException($"{option} needs a model: the folder of a run or a checkpoint, such as runs/demo, or a recipe");

    /// <summary>Refuses an output file of a kind that is not known, before anything is computed.</summary>
    internal static void CheckEnding(string? output, IReadOnlyList<string> endings)
    {
        if (output is not null && !endings.Contains(Path.GetExtension(output).ToLowerInvariant()))
        {
            throw new UsageException($"--out is {output}; expected a file that ends in {string.Join(", ", endings)}");
        }
    }
}
