using System.Runtime.InteropServices;

namespace Collimate.Cli;

/// <summary>
/// Ctrl-C and SIGTERM. The first asks the running command to stop at its next safe point (a training step's end, with a checkpoint);
/// the second ends the process at once.
/// </summary>
internal sealed partial class Interruption : IDisposable
{
    /// <summary>Set in processes that <c>train --nproc</c> has started: they take its word from their input, and end when it ends.</summary>
    public const string LauncherVariable = "COLLIMATE_LAUNCHED";

    /// <summary>What the launcher says to make a process stop at its next safe point.</summary>
    public const string StopWord = "stop";

    private readonly CancellationTokenSource source = new();
    private readonly TextWriter error;
    private readonly Action<int> exit;
    private readonly List<PosixSignalRegistration> registrations = [];
    private Action? instead;
    private int signals;

    /// <param name="error">Where the user is told.</param>
    /// <param name="exit">Ends the process at once; replaced in tests.</param>
    internal Interruption(TextWriter error, Action<int>? exit = null)
    {
        this.error = error;
        this.exit = exit ?? ExitAtOnce;
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => source.Token;

    /// <summary>Starts to listen for this process's signals.</summary>
    public static Interruption Listen(TextWriter error)
    {
        var interruption = new Interruption(error);
        var isLaunched = Environment.GetEnvironmentVariable(LauncherVariable) is { Length: > 0 };
        if (isLaunched)
        {
            new Thread(() => interruption.FollowLauncher(Console.In)) { IsBackground = true, Name = "launcher's word" }.Start();
        }

        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM])
        {
            interruption.registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true; // without it the runtime would end the process now
                // A terminal sends Ctrl-C to the launcher too, which then says what is to be done.
                if (!isLaunched || context.Signal != PosixSignal.SIGINT)
                {
                    interruption.Signal();
                }
            }));
        }

        return interruption;
    }

    /// <summary>Gives Ctrl-C another meaning until the returned value is disposed: it ends an answer, say, and the program goes on.</summary>
    /// <param name="onSignal">What a signal does meanwhile; called on a thread of its own.</param>
    public IDisposable Divert(Action onSignal)
    {
        instead = onSignal;
        return new Diversion(this);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in registrations)
        {
            registration.Dispose();
        }

        source.Dispose();
    }

    /// <summary>A signal has come.</summary>
    internal void Signal()
    {
        if (instead is { } other)
        {
            other();
            return;
        }

        if (Interlocked.Increment(ref signals) > 1)
        {
            exit(ExitCode.Interrupted);
            return;
        }

        error.WriteLine();
        error.WriteLine("collimate: stopping at the next safe point; once more to stop at once.");
        source.Cancel();
    }

    /// <summary>Does what the launcher says until it is gone.</summary>
    /// <param name="words">Its words, a line each.</param>
    internal void FollowLauncher(TextReader words)
    {
        while (words.ReadLine() is { } word)
        {
            if (word == StopWord)
            {
                try
                {
                    source.Cancel();
                }
                catch (ObjectDisposedException)
                {
                    return; // this process is leaving anyway
                }
            }
        }

        exit(ExitCode.Interrupted);
    }

    // The process's own exit would wait for native threads in the middle of a kernel.
    private static void ExitAtOnce(int code)
    {
        if (OperatingSystem.IsWindows())
        {
            Environment.Exit(code);
        }

        ExitNow(code);
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void ExitNow(int code);

    private sealed class Diversion(Interruption owner) : IDisposable
    {
        public void Dispose() => owner.instead = null;
    }
}
