using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Collimate.Cli.Launching;

/// <summary>One process of a training that <c>--nproc</c> has started: this program again, with a rank.</summary>
internal sealed class RankProcess : IDisposable
{
    private const int LinesKept = 20;

    private readonly Process process;
    private readonly Queue<string> lastLines = new();

    private RankProcess(int rank, Process process)
    {
        (Rank, this.process) = (rank, process);
        Ended = process.WaitForExitAsync();
    }

    /// <summary>Its number.</summary>
    public int Rank { get; }

    /// <summary>Completes when it has ended and all it said is passed on.</summary>
    public Task Ended { get; private set; }

    /// <summary>What it ended with; of a killed process 128 and the signal's number.</summary>
    public int ExitCode => process.ExitCode;

    /// <summary>The last lines of its error stream.</summary>
    public IReadOnlyList<string> LastLines
    {
        get
        {
            lock (lastLines)
            {
                return [.. lastLines];
            }
        }
    }

    /// <summary>Starts this program once more.</summary>
    /// <param name="rank">Its number.</param>
    /// <param name="words">Its command line.</param>
    /// <param name="environment">Variables that it is given besides this process's own.</param>
    /// <param name="say">Takes a line that it says, and whether it came from the error stream.</param>
    public static RankProcess Start(int rank, IReadOnlyList<string> words, IReadOnlyDictionary<string, string> environment, Action<string, bool> say)
    {
        var (program, first) = ThisProgram();
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var word in (string[])[.. first, .. words])
        {
            start.ArgumentList.Add(word);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = new Process { StartInfo = start };
        process.Start();
        var started = new RankProcess(rank, process);
        process.OutputDataReceived += (_, line) => started.Pass(line.Data, false, say);
        process.ErrorDataReceived += (_, line) => started.Pass(line.Data, true, say);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        started.Ended = process.WaitForExitAsync();
        return started;
    }

    /// <summary>Asks it to stop at its next safe point.</summary>
    public void Stop()
    {
        try
        {
            process.StandardInput.WriteLine(Interruption.StopWord);
            process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It has ended in this moment.
        }
    }

    /// <summary>Ends it at once.</summary>
    public void Kill()
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended in this moment.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!process.HasExited)
        {
            Kill();
            process.WaitForExit();
        }

        process.Dispose();
    }

    // The program as it was started: its own executable, or a library that dotnet runs.
    private static (string Program, string[] First) ThisProgram()
    {
        var library = typeof(RankProcess).Assembly.Location;
        if (library.Length == 0 || Path.GetFileNameWithoutExtension(Environment.ProcessPath) == Path.GetFileNameWithoutExtension(library))
        {
            return (Environment.ProcessPath!, []);
        }

        var host = Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        return (File.Exists(host) ? Path.GetFullPath(host) : "dotnet", [library]);
    }

    private void Pass(string? line, bool isError, Action<string, bool> say)
    {
        if (line is null)
        {
            return;
        }

        if (isError && line.Length > 0)
        {
            lock (lastLines)
            {
                lastLines.Enqueue(line);
                if (lastLines.Count > LinesKept)
                {
                    lastLines.Dequeue();
                }
            }
        }

        say(line, isError);
    }
}
