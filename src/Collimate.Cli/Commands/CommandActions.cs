using System.CommandLine;
using Collimate.Cli.Display;

namespace Collimate.Cli.Commands;

/// <summary>Gives a command its work, with what every command needs: the parsed words, where to write, and when to stop.</summary>
internal static class CommandActions
{
    /// <summary>Sets what a command does; its result is the exit code.</summary>
    public static Command Runs(this Command command, Func<ParseResult, CommandIo, CancellationToken, int> work)
    {
        command.SetAction((parse, cancellationToken) => Task.FromResult(work(parse, CommandIo.Of(parse), cancellationToken)));
        return command;
    }

    /// <summary>Sets what an asynchronous command does; its result is the exit code.</summary>
    public static Command Runs(this Command command, Func<ParseResult, CommandIo, CancellationToken, Task<int>> work)
    {
        command.SetAction((parse, cancellationToken) => work(parse, CommandIo.Of(parse), cancellationToken));
        return command;
    }

    /// <summary>The option <c>--workers</c> of every command that trains.</summary>
    public static Option<int> WorkersOption() => new("--workers")
    {
        Description = "Worker threads, each training on pieces of a batch on one core.", HelpName = "N", DefaultValueFactory = _ => Environment.ProcessorCount,
    };

    /// <summary>The option <c>--json</c> of every command that reports.</summary>
    public static Option<bool> JsonOption() => new("--json") { Description = "Write the report as JSON." };
}
