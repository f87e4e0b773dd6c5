using System.Diagnostics;
using System.Globalization;
using Collimate.Cli.Display;
using Collimate.Comparison;
using Collimate.Planning;

namespace Collimate.Cli.Commands;

/// <summary>Runs the runs of a comparison, each in a process of its own: its memory is its own, and what it leaks dies with it. Several at once where memory allows.</summary>
internal sealed class ComparedProcesses(ComparisonOptions options, CommandIo io)
{
    private const double Margin = 1.25;
    private const string Log = "run.log";

    private readonly Lock changing = new();
    private readonly List<(Process Process, ComparedJob Job, Stopwatch Clock)> running = [];
    private long largest;

    /// <summary>Runs all jobs.</summary>
    /// <param name="jobs">The jobs, in the order in which they begin.</param>
    /// <param name="finished">Is told whenever one is done.</param>
    /// <param name="cancellation">Ends all of them at their next safe point.</param>
    /// <returns>The exit code: that of the first job that did not succeed.</returns>
    public int Run(IReadOnlyList<ComparedJob> jobs, Action finished, CancellationToken cancellation)
    {
        var waiting = new Queue<ComparedJob>(jobs);
        using var ending = cancellation.Register(Interrupt);
        try
        {
            return RunAll(waiting, finished, cancellation);
        }
        finally
        {
            Interrupt(); // where a page could not be written; otherwise none is left
        }
    }

    private int RunAll(Queue<ComparedJob> waiting, Action finished, CancellationToken cancellation)
    {
        var code = ExitCode.Success;
        while (running.Count > 0 || (waiting.Count > 0 && code == ExitCode.Success))
        {
            while (code == ExitCode.Success && waiting.Count > 0 && !cancellation.IsCancellationRequested && HasRoomFor(waiting.Peek()))
            {
                Start(waiting.Dequeue());
            }

            if (running.Count == 0)
            {
                return ExitCode.Interrupted;
            }

            Task.WhenAny(running.Select(one => one.Process.WaitForExitAsync(CancellationToken.None))).Wait(CancellationToken.None);
            var (ended, job, clock) = running.First(one => one.Process.HasExited);
            ended.WaitForExit(); // until its last line was read
            lock (changing)
            {
                running.RemoveAll(one => one.Process == ended);
            }

            largest = Math.Max(largest, PeakOf(job));
            if (ended.ExitCode != ExitCode.Success && code == ExitCode.Success)
            {
                code = ended.ExitCode;
                Interrupt(); // the others keep a checkpoint
            }

            Tell(job, ended.ExitCode, clock.Elapsed);
            ended.Dispose();
            if (code == ExitCode.Success)
            {
                finished();
            }
        }

        return code;
    }

    // The first run goes alone: it tells how much memory one takes. Timing goes alone, so that nothing disturbs it.
    private bool HasRoomFor(ComparedJob job) => running.Count == 0
        || (running.Count < options.Parallel && job.Seed is not null && running.TrueForAll(one => one.Job.Seed is not null) && largest > 0 && MachineMemory.Available > largest * Margin);

    private void Start(ComparedJob job)
    {
        var workers = Math.Max(1, options.Workers / options.Parallel);
        string[] arguments =
        [
            "compare", job.Recipe, "--out", job.Folder, "--scenes", Number(options.Scenes), "--workers", Number(workers),
            .. job.Seed is { } seed ? (string[])["--seed", Number(seed)] : ["--measure"],
            .. options.MaxSteps is { } most ? (string[])["--max-steps", Number(most)] : [],
            .. options.TimeBudget is { } minutes ? (string[])["--time-budget", Number(minutes)] : [],
            .. options.Changes.SelectMany(change => (string[])["--set", change]),
        ];
        var aside = options.Parallel > 1;
        io.Error.WriteLine(aside ? $"{job.Name}: begun" : job.Name);
        var process = new Process { StartInfo = new ProcessStartInfo("dotnet", [typeof(ComparedProcesses).Assembly.Location, .. arguments]) { RedirectStandardError = aside, RedirectStandardOutput = aside } };
        if (aside)
        {
            Directory.CreateDirectory(job.Folder);
            var log = TextWriter.Synchronized(new StreamWriter(Path.Combine(job.Folder, Log), append: true) { AutoFlush = true });
            process.OutputDataReceived += (_, line) => log.WriteLine(line.Data);
            process.ErrorDataReceived += (_, line) => log.WriteLine(line.Data);
            process.Disposed += (_, _) => log.Dispose();
        }

        process.Start();
        if (aside)
        {
            process.BeginErrorReadLine();
            process.BeginOutputReadLine();
        }

        lock (changing)
        {
            running.Add((process, job, Stopwatch.StartNew()));
        }
    }

    private void Tell(ComparedJob job, int code, TimeSpan took)
    {
        if (options.Parallel > 1)
        {
            var log = Path.Combine(job.Folder, Log);
            io.Error.WriteLine(code == ExitCode.Success ? $"{job.Name}: done in {Durations.Words(took)}" : $"{job.Name}: ended with code {code}; the last lines of {log}:\n{string.Join('\n', File.ReadLines(log).Where(line => line.Length > 0).TakeLast(5))}");
        }
    }

    // A child in the terminal's foreground has had Ctrl-C itself; one behind a pipe or a service has not.
    private void Interrupt()
    {
        lock (changing)
        {
            foreach (var (process, _, _) in running.Where(one => !one.Process.HasExited))
            {
                Process.Start("kill", ["-TERM", Number(process.Id)]).Dispose();
            }
        }
    }

    private static long PeakOf(ComparedJob job)
    {
        var result = Path.Combine(job.Folder, RunResult.FileName);
        return job.Seed is not null && File.Exists(result) ? RunResult.Load(result).PeakMemory : 0;
    }

    private static string Number(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}
