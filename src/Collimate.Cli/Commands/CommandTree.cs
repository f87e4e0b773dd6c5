using System.CommandLine;

namespace Collimate.Cli.Commands;

/// <summary>All commands, in the order in which help lists them.</summary>
internal static class CommandTree
{
    /// <summary>Makes the root command with every command below it.</summary>
    public static RootCommand Create()
    {
        var root = new RootCommand("Train, align, compare, inspect and serve vision-language models.") { HelpName = "collimate" };
        Command[] commands =
        [
            DemoCommand.Create(), TrainCommand.Create(), CompareCommand.Create(), AskCommand.Create(), ChatCommand.Create(), ServeCommand.Create(), InspectCommand.Create(), LabelCommand.Create(), PermuteCommand.Create(), ExportCommand.Create(),
            ScenesCommand.Create(), TokenizeCommand.Create(), PreprocessCommand.Create(), InfoCommand.Create(), VerifyCommand.Create(), RetentionCommand.Create(), ScoreCommand.Create(),
            EvalCommand.Create(), RescoreCommand.Create(), SignificanceCommand.Create(), JudgeCommand.Create(), PuzzlesCommand.Create(),
        ];
        foreach (var command in commands)
        {
            root.Add(command);
        }

        return root;
    }
}
