using System.CommandLine;
using System.CommandLine.Invocation;
using Collimate.Cli.Commands;
using Collimate.Cli.Display;
using Collimate.Recipes;

namespace Collimate.Cli;

/// <summary>The command line: parses, runs one command, and turns whatever happens into a message and an exit code.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        using var interruption = Interruption.Listen(Console.Error);
        return Run(args, Console.Out, Console.Error, null, interruption, interruption.Token);
    }

    /// <summary>Runs one command line in this process.</summary>
    /// <param name="args">The words after <c>collimate</c>.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="error">Where messages and progress go.</param>
    /// <param name="cancellationToken">Asks the command to stop at its next safe point.</param>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static int Run(string[] args, TextWriter output, TextWriter error, CancellationToken cancellationToken = default) =>
        Run(args, output, error, null, null, cancellationToken);

    /// <summary>The same for commands that converse.</summary>
    /// <param name="args">The words after <c>collimate</c>.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="error">Where messages and progress go.</param>
    /// <param name="input">Where lines are read from; the process's own input where null.</param>
    /// <param name="interruption">What Ctrl-C does, for commands that have a use of their own for it.</param>
    /// <param name="cancellationToken">Asks the command to stop at its next safe point.</param>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static int Run(
        string[] args, TextWriter output, TextWriter error, TextReader? input, Interruption? interruption, CancellationToken cancellationToken)
    {
        CommandIo.Streams Streams(TextWriter results) => new()
        {
            Output = results,
            Error = error,
            Input = input,
            Interruption = interruption,
            EnableDefaultExceptionHandler = false, // UserErrors speaks instead
            ProcessTerminationTimeout = null, // Interruption listens instead
        };

        try
        {
            var root = CommandTree.Create();
            if (args.Length == 0)
            {
                error.WriteLine("collimate: which command? For a first look: collimate demo");
                error.WriteLine();
                Invoke(root.Parse(["--help"]), Streams(error), cancellationToken);
                return ExitCode.BadInput;
            }

            // A question may begin with '@', which the parser would take for a file of arguments.
            var parse = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
            return parse.Action is ParseErrorAction
                ? ReportUsage(parse, error)
                : Invoke(parse, Streams(output), cancellationToken);
        }
        catch (Exception failure)
        {
            return UserErrors.Report(failure, error, cancellationToken.IsCancellationRequested);
        }
        finally
        {
            output.Flush();
            error.Flush();
        }
    }

    private static int Invoke(ParseResult parse, CommandIo.Streams streams, CancellationToken cancellationToken) =>
        parse.InvokeAsync(streams, cancellationToken).GetAwaiter().GetResult();

    private static int ReportUsage(ParseResult parse, TextWriter error)
    {
        var command = parse.CommandResult.Command;
        var words = command.Subcommands.Select(child => child.Name).Concat(command.Options.Select(option => option.Name)).ToArray();
        if (parse.UnmatchedTokens is [var word, ..])
        {
            var what = word.StartsWith('-') ? "option" : command.Subcommands.Count > 0 ? "command" : "argument";
            error.WriteLine($"collimate: unknown {what} '{word}'{Spelling.Suggest(word, words)}");
        }
        else
        {
            error.WriteLine($"collimate: {string.Join("\ncollimate: ", parse.Errors.Select(problem => problem.Message).Distinct())}");
        }

        var path = command is RootCommand ? "collimate" : $"collimate {command.Name}";
        error.WriteLine($"See: {path} --help");
        return ExitCode.BadInput;
    }
}
