using Collimate.Cli;

namespace Collimate.Tests.Cli;

/// <summary>Runs a command line in this process and keeps what it wrote.</summary>
internal sealed record CommandLine(int Code, string Output, string Error)
{
    public static CommandLine Run(params string[] args) => Run(CancellationToken.None, args);

    public static CommandLine Run(CancellationToken cancellationToken, params string[] args)
    {
        var output = new StringWriter { NewLine = "\n" };
        var error = new StringWriter { NewLine = "\n" };
        var code = Program.Run(args, output, error, cancellationToken);
        return new CommandLine(code, output.ToString(), error.ToString());
    }
}
