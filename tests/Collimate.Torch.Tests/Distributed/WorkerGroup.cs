using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Collimate.Torch.Tests.Distributed;

/// <summary>Starts one worker process a rank on this machine, and ends those that still run.</summary>
internal sealed class WorkerGroup : IDisposable
{
    // A busy machine may take long to start a process; a hang is far beyond this.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly List<Process> processes = [];
    private readonly List<Task<string>> errors = [];

    internal WorkerGroup(string scenario, int worldSize, string? file = null, double timeoutSeconds = 60)
    {
        var place = file ?? "0";
        for (var rank = 0; rank < worldSize; rank++)
        {
            Start(scenario, rank, worldSize, place, timeoutSeconds);
            if (rank == 0 && file is null)
            {
                place = ReadLine(0).Split(' ')[1];
            }
        }
    }

    internal string ReadLine(int rank)
    {
        var line = processes[rank].StandardOutput.ReadLineAsync();
        Assert.True(line.Wait(Patience), $"rank {rank} said nothing for {Patience}");
        return line.Result ?? throw new InvalidOperationException($"rank {rank} ended: {errors[rank].Result}");
    }

    /// <summary>All that the rank says until it ends.</summary>
    internal string[] ReadAll(int rank)
    {
        var text = processes[rank].StandardOutput.ReadToEndAsync();
        Assert.True(text.Wait(Patience), $"rank {rank} did not end within {Patience}");
        Assert.True(processes[rank].WaitForExit(Patience), $"rank {rank} did not end within {Patience}");
        return text.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    internal int ExitCode(int rank) => processes[rank].ExitCode;

    internal void Tell(int rank)
    {
        processes[rank].StandardInput.WriteLine();
        processes[rank].StandardInput.Flush();
    }

    internal void Kill(int rank) => processes[rank].Kill();

    public void Dispose()
    {
        foreach (var process in processes)
        {
            if (!process.HasExited)
            {
                process.Kill();
            }

            process.WaitForExit(Patience);
            process.Dispose();
        }
    }

    private void Start(string scenario, int rank, int worldSize, string place, double timeoutSeconds)
    {
        var start = new ProcessStartInfo(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var argument in (string[])[
            Path.Combine(AppContext.BaseDirectory, "Collimate.Torch.Worker.dll"), scenario, $"{rank}", $"{worldSize}", place,
            timeoutSeconds.ToString(CultureInfo.InvariantCulture)])
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        processes.Add(process);
        errors.Add(process.StandardError.ReadToEndAsync());
    }
}
