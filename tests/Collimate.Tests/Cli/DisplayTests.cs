using Collimate.Cli.Display;

namespace Collimate.Tests.Cli;

/// <summary>Progress, tables and durations.</summary>
public sealed class DisplayTests
{
    [Fact]
    public void Progress_Redirected_WritesAPlainLineEveryFewSeconds()
    {
        var (writer, clock) = (new StringWriter { NewLine = "\n" }, new ManualClock());
        var progress = new ConsoleProgress(writer, isLive: false, clock);

        progress.Start("align", 100, "steps");
        for (var step = 1; step <= 100; step++)
        {
            clock.Advance(TimeSpan.FromSeconds(0.1));
            progress.Report(step, $"loss {step}");
        }

        progress.Finish();

        Assert.Equal(
            "align: 100 steps\n" +
            "align: 50/100 steps (50%), 10.0 steps/s, 5.0 s left, loss 50\n" +
            "align: 100/100 steps (100%), 10.0 steps/s, loss 100\n" +
            "align: 100 steps in 10 s (10.0 steps/s), loss 100\n",
            writer.ToString());
    }

    [Fact]
    public void Progress_Live_RedrawsOneLineWithinTheWidth()
    {
        var (writer, clock) = (new StringWriter { NewLine = "\n" }, new ManualClock());
        var progress = new ConsoleProgress(writer, isLive: true, clock, () => 40);

        progress.Start("align", 10, "steps");
        clock.Advance(TimeSpan.FromSeconds(1));
        progress.Report(5, "a detail far too long for a terminal of forty columns");
        progress.Note("saved");
        progress.Finish();

        var lines = writer.ToString().Split('\r', '\n');
        Assert.All(lines[..^2], line => Assert.True(line.Length < 40, line));
        Assert.Contains(lines, line => line.StartsWith("align  [============            ] 5/10", StringComparison.Ordinal));
        Assert.Contains("saved", lines);
        Assert.StartsWith("align: 5 steps in 1.0 s", lines[^2], StringComparison.Ordinal);
    }

    [Fact]
    public void Progress_UnknownTotal_CountsOnly()
    {
        var (writer, clock) = (new StringWriter { NewLine = "\n" }, new ManualClock());
        var progress = new ConsoleProgress(writer, isLive: false, clock);

        progress.Start("reading", 0, "samples");
        clock.Advance(TimeSpan.FromSeconds(6));
        progress.Report(12);
        progress.Finish();

        Assert.Contains("reading: 12 samples, 2.00 samples/s\n", writer.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Progress_WithoutAJob_WritesNothing()
    {
        var writer = new StringWriter();
        var progress = new ConsoleProgress(writer, isLive: true, new ManualClock(), () => 80);

        progress.Report(3);
        progress.Finish();

        Assert.Empty(writer.ToString());
    }

    [Theory]
    [InlineData(0, "0.0 s")]
    [InlineData(4.24, "4.2 s")]
    [InlineData(9.96, "10 s")]
    [InlineData(59.6, "1 min 00 s")]
    [InlineData(125, "2 min 05 s")]
    [InlineData(3720, "1 h 02 min")]
    [InlineData(100000, "1 d 3 h")]
    public void Words_Duration_HasAtMostTwoUnits(double seconds, string expected) =>
        Assert.Equal(expected, Durations.Words(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Table_Plain_AlignsNumbersToTheRight() =>
        Assert.Equal(
            "kind         accuracy\n[existence]      97.5\ncount             8.0\n",
            new TextTable("kind", ">accuracy").Row("[existence]", "97.5").Row("count", "8.0").ToString());

    [Fact]
    public void Table_RowOfAnotherWidth_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new TextTable("a", "b").Row("1"));

    private sealed class ManualClock : TimeProvider
    {
        private long ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => ticks;

        public void Advance(TimeSpan time) => ticks += time.Ticks;
    }
}
