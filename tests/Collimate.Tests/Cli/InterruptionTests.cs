using System.Diagnostics;
using System.Runtime.InteropServices;
using Collimate.Cli;

namespace Collimate.Tests.Cli;

/// <summary>Ctrl-C and SIGTERM: first ask, then end.</summary>
public sealed partial class InterruptionTests
{
    [Fact]
    public void Signal_First_CancelsAndSaysSo()
    {
        var error = new StringWriter();
        var exits = new List<int>();
        using var interruption = new Interruption(error, exits.Add);

        interruption.Signal();

        Assert.True(interruption.Token.IsCancellationRequested);
        Assert.Contains("stopping at the next safe point", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(exits);
    }

    [Fact]
    public void Signal_Second_EndsAtOnce()
    {
        var exits = new List<int>();
        using var interruption = new Interruption(new StringWriter(), exits.Add);

        interruption.Signal();
        interruption.Signal();

        Assert.Equal([130], exits);
    }

    [Fact]
    public void FollowLauncher_StopThenEnd_CancelsAndThenEndsAtOnce()
    {
        var exits = new List<int>();
        using var interruption = new Interruption(new StringWriter(), exits.Add);
        var cancelledBefore = true;
        using var words = new WatchedReader(["other", "stop"], () => cancelledBefore = interruption.Token.IsCancellationRequested);

        interruption.FollowLauncher(words);

        Assert.False(cancelledBefore);
        Assert.True(interruption.Token.IsCancellationRequested);
        Assert.Equal([130], exits);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(15)]
    public async Task Process_SignalWhileWaiting_Ends130WithOneMessage(int signal)
    {
        using var folder = new TemporaryTokenizer();
        // A shell that starts things in the background makes them ignore SIGINT, and children inherit that.
        var start = new ProcessStartInfo("env")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])["--default-signal=INT", "dotnet", typeof(ExitCode).Assembly.Location, "tokenize", "--tokenizer", folder.Path])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        await process.StandardInput.WriteLineAsync("hi");
        await process.StandardInput.FlushAsync();
        Assert.Contains("[104,105]", await process.StandardOutput.ReadLineAsync(), StringComparison.Ordinal); // now it waits for the next line

        Assert.Equal(0, Kill(process.Id, signal));
        await process.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token);

        Assert.Equal(130, process.ExitCode);
        Assert.EndsWith("collimate: stopped.\n", await process.StandardError.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    /// <summary>Lines, and a look before the second is read.</summary>
    private sealed class WatchedReader(string[] lines, Action beforeSecond) : TextReader
    {
        private int next;

        public override string? ReadLine()
        {
            if (next == 1)
            {
                beforeSecond();
            }

            return next < lines.Length ? lines[next++] : null;
        }
    }
}
