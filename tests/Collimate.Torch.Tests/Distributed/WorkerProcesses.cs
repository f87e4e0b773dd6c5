using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Collimate.Torch.Tests.Distributed;

/// <summary>Starts the processes of a group and collects what they say. Processes, not threads: what ends one must not end the tests.</summary>
internal sealed class WorkerProcesses : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly List<(Process Process, Task<string> Output, Task<string> Errors)> workers = [];

    internal static string FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
    }

    internal void Start(string scenario, int rank, int world, string place, double seconds = 60)
    {
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } path ? path : "dotnet";
        var start = new ProcessStartInfo(host)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList =
            {
                Path.Combine(AppContext.BaseDirectory, "Collimate.Torch.Worker.dll"), scenario,
                rank.ToString(CultureInfo.InvariantCulture), world.ToString(CultureInfo.InvariantCulture), place, seconds.ToString(CultureInfo.InvariantCulture),
            },
        };
        var process = Process.Start(start)!;
        workers.Add((process, process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync()));
    }

    /// <summary>Waits for a process to end, in the order of their start.</summary>
    internal (int ExitCode, string Output, string Errors) Finish(int index)
    {
        var (process, output, errors) = workers[index];
        Assert.True(process.WaitForExit(Patience), $"worker {index} did not end within {Patience.TotalSeconds} s");
        return (process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
    }

    public void Dispose()
    {
        foreach (var (process, _, _) in workers)
        {
            if (!process.HasExited)
            {
                process.Kill();
            }

            process.Dispose();
        }
    }
}
