namespace Collimate.Cli.Display;

/// <summary>
/// Progress with rate and time left: one line that redraws itself on a terminal; where the output goes to a file or a pipe, a plain line
/// every few seconds.
/// </summary>
internal sealed class ConsoleProgress : IProgressDisplay
{
    private const int BarWidth = 24;
    private static readonly TimeSpan RedrawInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RateWindow = TimeSpan.FromSeconds(20);

    private readonly TextWriter writer;
    private readonly bool isLive;
    private readonly Func<int> width;
    private readonly TimeProvider clock;
    private readonly Lock gate = new();
    private readonly Queue<(TimeSpan Time, long Done)> recent = new();
    private Job? job;
    private int drawn;

    /// <param name="writer">Where to draw.</param>
    /// <param name="isLive">Whether a line can be redrawn there.</param>
    /// <param name="clock">What time it is; the system's by default.</param>
    /// <param name="width">The terminal's width in columns; asked before each drawing, as a window may be resized.</param>
    public ConsoleProgress(TextWriter writer, bool isLive, TimeProvider? clock = null, Func<int>? width = null)
    {
        this.writer = writer;
        this.isLive = isLive;
        this.clock = clock ?? TimeProvider.System;
        this.width = width ?? TerminalWidth;
    }

    /// <inheritdoc/>
    public void Start(string title, long total, string unit)
    {
        lock (gate)
        {
            FinishJob();
            job = new Job(title, total, unit, clock.GetTimestamp());
            recent.Clear();
            recent.Enqueue((TimeSpan.Zero, 0));
            Draw(job);
        }
    }

    /// <inheritdoc/>
    public void Report(long done, string details = "")
    {
        lock (gate)
        {
            if (job is null)
            {
                return;
            }

            (job.Done, job.Details) = (done, details);
            var now = Elapsed(job);
            if (now - job.LastDrawn >= (isLive ? RedrawInterval : PlainInterval))
            {
                recent.Enqueue((now, done));
                while (recent.Count > 2 && now - recent.Peek().Time > RateWindow)
                {
                    recent.Dequeue();
                }

                job.LastDrawn = now;
                Draw(job);
            }
        }
    }

    /// <inheritdoc/>
    public void Note(string text)
    {
        lock (gate)
        {
            Erase();
            writer.WriteLine(text);
            if (isLive && job is not null)
            {
                Draw(job);
            }
        }
    }

    /// <inheritdoc/>
    public void Finish()
    {
        lock (gate)
        {
            FinishJob();
        }
    }

    private void FinishJob()
    {
        if (job is null)
        {
            return;
        }

        Erase();
        var time = Elapsed(job);
        var rate = time > TimeSpan.Zero ? $" ({Durations.Rate(job.Done / time.TotalSeconds)} {job.Unit}/s)" : "";
        writer.WriteLine($"{job.Title}: {job.Done} {job.Unit} in {Durations.Words(time)}{rate}{After(job.Details)}");
        writer.Flush();
        job = null;
    }

    private void Draw(Job current)
    {
        if (!isLive)
        {
            writer.WriteLine(PlainLine(current));
            writer.Flush();
            return;
        }

        // A line as wide as the terminal would wrap, and a wrapped line cannot be redrawn.
        var line = LiveLine(current);
        var room = Math.Max(10, width() - 1);
        line = line.Length > room ? line[..room] : line;
        writer.Write($"\r{line}{new string(' ', Math.Max(0, drawn - line.Length))}");
        writer.Flush();
        drawn = line.Length;
    }

    private void Erase()
    {
        if (drawn > 0)
        {
            writer.Write($"\r{new string(' ', drawn)}\r");
            drawn = 0;
        }
    }

    private string PlainLine(Job current)
    {
        if (current.Done == 0)
        {
            return current.Total > 0 ? $"{current.Title}: {current.Total} {current.Unit}" : $"{current.Title}: started";
        }

        var count = current.Total > 0 ? $"{current.Done}/{current.Total} {current.Unit} ({Percent(current)}%)" : $"{current.Done} {current.Unit}";
        return $"{current.Title}: {count}{Speed(current)}{After(current.Details)}";
    }

    private string LiveLine(Job current)
    {
        if (current.Total <= 0)
        {
            return $"{current.Title}  {current.Done} {current.Unit}{Speed(current)}{After(current.Details)}";
        }

        var filled = (int)(BarWidth * Math.Clamp((double)current.Done / current.Total, 0, 1));
        return $"{current.Title}  [{new string('=', filled)}{new string(' ', BarWidth - filled)}] {current.Done}/{current.Total} {current.Unit}{Speed(current)}{After(current.Details)}";
    }

    private string Speed(Job current)
    {
        var (time, done) = recent.Peek();
        var passed = (Elapsed(current) - time).TotalSeconds;
        var rate = passed > 0 ? (current.Done - done) / passed : 0;
        if (rate <= 0)
        {
            return "";
        }

        var left = (current.Total - current.Done) / rate;
        var hasEnd = current.Total > current.Done && left < TimeSpan.FromDays(1000).TotalSeconds;
        return $", {Durations.Rate(rate)} {current.Unit}/s{(hasEnd ? $", {Durations.Words(TimeSpan.FromSeconds(left))} left" : "")}";
    }

    private TimeSpan Elapsed(Job current) => clock.GetElapsedTime(current.Began);

    private static long Percent(Job current) => (long)(100 * Math.Clamp((double)current.Done / current.Total, 0, 1));

    private static string After(string details) => details.Length == 0 ? "" : $", {details}";

    private static int TerminalWidth()
    {
        try
        {
            return Console.WindowWidth is > 0 and var columns ? columns : 80;
        }
        catch (IOException)
        {
            return 80;
        }
    }

    private sealed class Job(string title, long total, string unit, long began)
    {
        public string Title { get; } = title;

        public long Total { get; } = total;

        public string Unit { get; } = unit;

        public long Began { get; } = began;

        public long Done { get; set; }

        public string Details { get; set; } = "";

        public TimeSpan LastDrawn { get; set; }
    }
}
