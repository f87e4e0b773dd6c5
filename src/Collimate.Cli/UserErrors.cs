using System.Reflection;
using Collimate.Imaging;
using Collimate.Torch;
using Collimate.Torch.Distributed;
using Collimate.Torch.Serialization;

namespace Collimate.Cli;

/// <summary>Turns a failure into one message for the person at the keyboard and an exit code for scripts. No stack trace unless asked for.</summary>
internal static class UserErrors
{
    /// <summary>Set to 1 to see stack traces.</summary>
    public const string TraceVariable = "COLLIMATE_TRACE";

    /// <summary>Writes the message and returns the exit code.</summary>
    /// <param name="failure">What went wrong.</param>
    /// <param name="error">Where messages go.</param>
    /// <param name="interrupted">Whether the user asked to stop, so that a cancelled operation is what was wanted.</param>
    public static int Report(Exception failure, TextWriter error, bool interrupted)
    {
        var (message, code) = Describe(failure, interrupted);
        error.WriteLine($"collimate: {message}");
        if (Environment.GetEnvironmentVariable(TraceVariable) is { Length: > 0 } and not "0")
        {
            error.WriteLine(failure);
        }

        return code;
    }

    /// <summary>The message and exit code for a failure.</summary>
    public static (string Message, int Code) Describe(Exception failure, bool interrupted = false) => failure switch
    {
        AggregateException { InnerExceptions: [var single] } => Describe(single, interrupted),
        TypeInitializationException { InnerException: { } cause } => Describe(cause, interrupted),
        TargetInvocationException { InnerException: { } cause } => Describe(cause, interrupted),
        OperationCanceledException when interrupted => ("stopped.", ExitCode.Interrupted),
        ImageException or CheckpointException => (failure.Message, ExitCode.BadInput),
        CollimateException ours => (ours.Message, ours.IsBadInput ? ExitCode.BadInput : ExitCode.Failed),
        TorchException or ProcessGroupException => (failure.Message, ExitCode.Failed),
        FileNotFoundException or DirectoryNotFoundException => (failure.Message, ExitCode.BadInput),
        EntryPointNotFoundException => ($"{failure.Message} The native libraries are older than this program; run ./collimate or ./test once to build them anew.", ExitCode.Failed),
        _ when IsMissingLibrary(failure) => (failure.Message, ExitCode.Failed),
        IOException or UnauthorizedAccessException => (failure.Message, ExitCode.Failed),
        OutOfMemoryException => ("there is not enough memory; use a smaller batch or a smaller model.", ExitCode.Failed),
        _ => ($"{failure.GetType().Name}: {failure.Message}\nThis is a bug in collimate; run again with {TraceVariable}=1 for details.", ExitCode.Failed),
    };

    /// <summary>Whether a native library is absent, too old, or made for another machine.</summary>
    public static bool IsMissingLibrary(Exception failure) => failure switch
    {
        TypeInitializationException { InnerException: { } cause } => IsMissingLibrary(cause),
        _ => failure is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException,
    };
}
