namespace Collimate.Cli;

/// <summary>What the process tells its caller; these numbers are part of the command line's contract.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>The work failed through no fault of what was handed in.</summary>
    public const int Failed = 1;

    /// <summary>The command line, a recipe, a picture, data or a checkpoint is at fault.</summary>
    public const int BadInput = 2;

    /// <summary>Stopped by Ctrl-C or SIGTERM.</summary>
    public const int Interrupted = 130;
}
