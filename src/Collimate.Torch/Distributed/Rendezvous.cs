using System.Net.Sockets;
using System.Text;
using Collimate.Torch.Interop;

namespace Collimate.Torch.Distributed;

/// <summary>The place where the processes of a group meet and leave notes for each other: a store served by process 0, or in a shared file.</summary>
internal sealed unsafe class Rendezvous : IDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(20);

    private readonly ProcessGroupOptions options;
    private nint store;

    private Rendezvous(ProcessGroupOptions options, nint store) => (this.options, this.store) = (options, store);

    internal nint Handle => store;

    private string Place => options.File ?? $"{options.Host}:{options.Port}";

    internal static Rendezvous Open(ProcessGroupOptions options, CancellationToken cancellation)
    {
        var limit = (long)options.Timeout.TotalMilliseconds;
        if (options.File is { } file)
        {
            return new Rendezvous(options, NativeStatus.Check(NativeMethods.cg_store_file(file, options.WorldSize, limit), $"opening the meeting file {file}"));
        }

        if (options.Rank != 0)
        {
            AwaitServer(options, cancellation);
        }

        var opened = NativeMethods.cg_store_tcp(options.Host, options.Port, options.Rank == 0 ? 1 : 0, options.WorldSize, limit);
        return opened != 0
            ? new Rendezvous(options, opened)
            : throw new DistributedException(options.Rank == 0
                ? $"rank 0 cannot serve the meeting place at {options.Host}:{options.Port}: {NativeStatus.Message()}. Is another run using the port?"
                : $"rank {options.Rank} cannot use the meeting place at {options.Host}:{options.Port}: {NativeStatus.Message()}");
    }

    /// <summary>Announces this process and waits until all have come.</summary>
    internal void Assemble(CancellationToken cancellation)
    {
        Set($"present/{options.Rank}", "");
        AwaitAll("present", $"joined at {Place}", cancellation);
    }

    /// <summary>Leaves a note under a topic and returns everybody's, by rank.</summary>
    internal string[] Exchange(string topic, string note, string what, CancellationToken cancellation)
    {
        Set($"{topic}/{options.Rank}", note);
        AwaitAll(topic, what, cancellation);
        return [.. Enumerable.Range(0, options.WorldSize).Select(rank => Get($"{topic}/{rank}"))];
    }

    public void Dispose()
    {
        var owned = Interlocked.Exchange(ref store, 0);
        if (owned != 0)
        {
            NativeMethods.cg_store_release(owned);
        }
    }

    // libtorch's own client blocks while it connects and cannot be cancelled, so it is only let loose on a server that answers.
    private static void AwaitServer(ProcessGroupOptions options, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(options.Timeout);
        Exception? last = null;
        while (true)
        {
            try
            {
                using var probe = new TcpClient();
                probe.ConnectAsync(options.Host, options.Port, limit.Token).AsTask().GetAwaiter().GetResult();
                return;
            }
            catch (SocketException failure)
            {
                last = failure;
                limit.Token.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(50));
            }
            catch (OperationCanceledException)
            {
                // Told apart below.
            }

            cancellation.ThrowIfCancellationRequested();
            if (limit.IsCancellationRequested)
            {
                throw new DistributedException(
                    $"rank 0 did not answer at {options.Host}:{options.Port} within {options.Timeout.TotalSeconds:0.#} s ({last?.Message ?? "no reply"}). " +
                    "Start it, or give this process its host and port.", last);
            }
        }
    }

    private void AwaitAll(string topic, string what, CancellationToken cancellation)
    {
        var end = Environment.TickCount64 + (long)options.Timeout.TotalMilliseconds;
        var missing = Enumerable.Range(0, options.WorldSize).ToList();
        var pause = TimeSpan.FromMilliseconds(0.2);
        while (true)
        {
            missing.RemoveAll(rank => Has($"{topic}/{rank}"));
            if (missing.Count == 0)
            {
                return;
            }

            cancellation.ThrowIfCancellationRequested();
            if (Environment.TickCount64 > end)
            {
                throw new DistributedException(
                    $"{Ranks(missing)} of {options.WorldSize} processes has not {what} within {options.Timeout.TotalSeconds:0.#} s. " +
                    "It was not started, has ended, or is somewhere else in its work; look at its output.");
            }

            Thread.Sleep(pause);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private void Set(string key, string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        fixed (byte* start = bytes)
        {
            Check(NativeMethods.cg_store_set(store, key, start, bytes.Length));
        }
    }

    private bool Has(string key) => Check(NativeMethods.cg_store_has(store, key)) == 1;

    private string Get(string key)
    {
        var buffer = new byte[1024];
        fixed (byte* start = buffer)
        {
            return Encoding.UTF8.GetString(buffer, 0, Math.Min(buffer.Length, Check(NativeMethods.cg_store_get(store, key, start, buffer.Length))));
        }
    }

    private int Check(int status) => status >= 0
        ? status
        : throw new DistributedException($"the meeting place {Place} is gone: {NativeStatus.Message()}. The process that serves it (rank 0) has ended, or the connection broke.");

    private static string Ranks(List<int> ranks) => $"rank {string.Join(", ", ranks)}";
}
