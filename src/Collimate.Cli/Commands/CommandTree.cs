using System.CommandLine;

namespace Collimate.Cli.Commands;

/// <summary>All commands, in the order in which help lists them.</summary>
internal static class CommandTree
{
    /// <summary>Makes the root command with every command below it.</summary>
    public static RootCommand Create()
    {
        var root = new RootCommand("Train, align, compare, inspect and serve vision-language models.") { HelpName = "collimate" };
        foreach (var command in (Command[])[DemoCommand.Create(), TrainCommand.Create(), AskCommand.Create(), ChatCommand.Create(), InspectCommand.Create(), CompareCommand.Create(), ExportCommand.Create(), ScenesCommand.Create(), TokenizeCommand.Create(), PreprocessCommand.Create(), InfoCommand.Create(), VerifyCommand.Create()])
        {
            root.Add(command);
        }

        return root;
    }
}
