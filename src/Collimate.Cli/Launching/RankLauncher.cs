using System.Diagnostics;
using Collimate.Cli.Display;
using Collimate.Training;

namespace Collimate.Cli.Launching;

/// <summary>Starts the processes of <c>train --nproc N</c>, passes on what they say, and ends all of them when one fails.</summary>
internal static class RankLauncher
{
    private const int LookMilliseconds = 50;

    // Long enough for the others to find out by themselves and to say so.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(15);

    /// <summary>Runs a command in several processes until all have ended.</summary>
    /// <param name="words">The command line of each.</param>
    /// <param name="count">How many.</param>
    /// <param name="io">Where rank 0's words go as they are, and the others' with their rank before each line.</param>
    /// <param name="cancellation">Asks all of them to stop at their next safe point.</param>
    /// <returns>Rank 0's exit code where all ended well or were stopped; otherwise that of the rank that failed first.</returns>
    public static int Run(IReadOnlyList<string> words, int count, CommandIo io, CancellationToken cancellation)
    {
        // Closed to other users, unlike a port.
        var meeting = Directory.CreateTempSubdirectory("collimate-");
        var processes = new List<RankProcess>();
        try
        {
            for (var rank = 0; rank < count; rank++)
            {
                processes.Add(RankProcess.Start(rank, words, Variables(rank, count, Path.Combine(meeting.FullName, "meeting")), Speaker(rank, io)));
            }

            var order = Watch(processes, cancellation);
            return Judge(order, count, io);
        }
        finally
        {
            processes.ForEach(process => process.Dispose());
            meeting.Delete(recursive: true);
        }
    }

    private static Dictionary<string, string> Variables(int rank, int count, string meeting) => new()
    {
        ["RANK"] = $"{rank}",
        ["WORLD_SIZE"] = $"{count}",
        ["LOCAL_RANK"] = $"{rank}",
        ["LOCAL_WORLD_SIZE"] = $"{count}",
        [RankEnvironment.MeetingVariable] = meeting,
        [Interruption.LauncherVariable] = "1",
    };

    private static Action<string, bool> Speaker(int rank, CommandIo io) => (line, isError) =>
    {
        lock (io)
        {
            if (rank > 0)
            {
                io.Error.WriteLine(line.Length > 0 ? $"[rank {rank}] {line}" : "");
            }
            else
            {
                (isError ? io.Error : io.Output).WriteLine(line);
            }
        }
    };

    // All processes in the order in which they ended, with what was done to them.
    private static List<(RankProcess Process, bool WasKilled)> Watch(List<RankProcess> processes, CancellationToken cancellation)
    {
        var (running, order) = (processes.ToList(), new List<(RankProcess, bool)>());
        var (asked, killed) = (false, false);
        Stopwatch? sinceFailure = null;
        while (running.Count > 0)
        {
            Task.WhenAny([.. running.Select(process => process.Ended), Task.Delay(LookMilliseconds, asked ? CancellationToken.None : cancellation)]).GetAwaiter().GetResult();
            foreach (var ended in running.Where(process => process.Ended.IsCompleted).ToArray())
            {
                running.Remove(ended);
                order.Add((ended, killed));
                if (ended.ExitCode is not (ExitCode.Success or ExitCode.Interrupted))
                {
                    sinceFailure ??= Stopwatch.StartNew();
                }
            }

            if (cancellation.IsCancellationRequested && !asked)
            {
                asked = true;
                running.ForEach(process => process.Stop());
            }

            if (sinceFailure?.Elapsed > Grace && !killed)
            {
                killed = true;
                running.ForEach(process => process.Kill());
            }
        }

        return order;
    }

    private static int Judge(List<(RankProcess Process, bool WasKilled)> order, int count, CommandIo io)
    {
        var failed = order.Where(each => !each.WasKilled && each.Process.ExitCode is not (ExitCode.Success or ExitCode.Interrupted)).Select(each => each.Process).ToArray();
        if (failed.Length == 0)
        {
            return order.Any(each => each.Process.ExitCode == ExitCode.Interrupted) ? ExitCode.Interrupted : ExitCode.Success;
        }

        // The ranks that lose another one end with Failed; so whoever ended otherwise began it.
        var culprit = failed.FirstOrDefault(process => process.ExitCode != ExitCode.Failed) ?? failed[0];
        lock (io)
        {
            io.Error.WriteLine($"collimate: rank {culprit.Rank} of {count} {HowItEnded(culprit.ExitCode)}; all {count} have ended.");
            if (order.Any(each => each.WasKilled))
            {
                io.Error.WriteLine($"collimate: {string.Join(", ", order.Where(each => each.WasKilled).Select(each => $"rank {each.Process.Rank}"))} went on for {Grace.TotalSeconds:0} s and had to be killed.");
            }

            io.Error.WriteLine(culprit.LastLines.Count == 0 ? "It said nothing before." : "The last that it said:");
            foreach (var line in culprit.LastLines)
            {
                io.Error.WriteLine($"  {line}");
            }
        }

        return culprit.ExitCode == ExitCode.BadInput ? ExitCode.BadInput : ExitCode.Failed;
    }

    private static string HowItEnded(int code) => code > 128 ? $"was ended by signal {code - 128}{(code == 137 ? " (killed, perhaps for want of memory)" : "")}" : $"failed with exit code {code}";
}
