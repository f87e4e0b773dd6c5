using System.Text;
using Collimate.Torch.Interop;

namespace Collimate.Torch.Distributed;

/// <summary>Where processes find each other before they form a <see cref="ProcessGroup"/>: a port that rank 0 opens, or a file that all can reach.</summary>
/// <remarks>
/// <para>A port is opened on every network interface, and whoever reaches it can join: on a machine that others reach too, meet in a file.</para>
/// <para>The group that is made on a rendezvous owns it from then on.</para>
/// </remarks>
public sealed class Rendezvous : IDisposable
{
    private const int MostNoted = 2048;

    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(5);

    private readonly Lock gate = new();
    private nint store;
    private int users;
    private bool disposed;

    private Rendezvous(nint store, string description, bool isKeeper)
    {
        this.store = store;
        (Description, IsKeeper, Port) = (description, isKeeper, NativeMethods.cg_store_port(store));
    }

    /// <summary>The port at which others join; 0 where the meeting is in a file.</summary>
    public int Port { get; }

    /// <summary>Where the meeting is, for messages.</summary>
    public string Description { get; }

    /// <summary>Whether the meeting ends with this process.</summary>
    internal bool IsKeeper { get; }

    /// <summary>Opens a port for others to join; for rank 0.</summary>
    /// <param name="port">The port; 0 for any free one, told by <see cref="Port"/>.</param>
    /// <exception cref="ProcessGroupException">The port cannot be opened.</exception>
    public static Rendezvous Host(int port = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(port);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, ushort.MaxValue);
        var store = NativeMethods.cg_store_tcp("127.0.0.1", port, isServer: 1, Milliseconds(DefaultTimeout));
        return store != 0
            ? new Rendezvous(store, "a port of this machine", isKeeper: true)
            : throw new ProcessGroupException($"Port {port} cannot be opened for other ranks to join: {NativeStatus.Message()}. Choose another port, or 0 for any free one.");
    }

    /// <summary>Joins the process that called <see cref="Host"/>; for every rank but 0.</summary>
    /// <param name="host">The name or address of rank 0's machine.</param>
    /// <param name="port">The port that rank 0 opened.</param>
    /// <param name="timeout">How long to wait for the port to open; five minutes where null.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="ProcessGroupException">Nobody listens there within the time.</exception>
    public static Rendezvous Join(string host, int port, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, ushort.MaxValue);
        var limit = timeout ?? DefaultTimeout;
        try
        {
            var store = AbandonableCall.Run(
                () => NativeStatus.Check(NativeMethods.cg_store_tcp(host, port, isServer: 0, Milliseconds(limit)), $"joining {host}:{port}"),
                NativeMethods.cg_store_release, limit + TimeSpan.FromSeconds(5), cancellationToken);
            return new Rendezvous(store, $"{host}:{port}", isKeeper: false);
        }
        catch (Exception failure) when (failure is TorchException or TimeoutException)
        {
            throw new ProcessGroupException(
                $"Rank 0 did not open {host}:{port} within {limit.TotalSeconds:0.#} s ({FirstLine(failure.Message)}). Start rank 0 first, and check host, port and firewall.", failure);
        }
    }

    /// <summary>The same meeting point under other keys, for a store that outlives one meeting; this object is of no more use.</summary>
    /// <param name="prefix">What the keys begin with.</param>
    /// <exception cref="ProcessGroupException">libtorch refuses.</exception>
    public Rendezvous Below(string prefix)
    {
        var part = Use(handle => NativeMethods.cg_store_prefix(handle, prefix));
        if (part == 0)
        {
            throw new ProcessGroupException($"{Description} cannot be shared: {NativeStatus.Message()}.");
        }

        Dispose();
        return new Rendezvous(part, Description, IsKeeper);
    }

    /// <summary>Meets in a file on a disk that all ranks share.</summary>
    /// <param name="path">The file; it must not be left over from another run.</param>
    /// <param name="worldSize">How many ranks meet.</param>
    /// <exception cref="ProcessGroupException">The file cannot be used.</exception>
    public static Rendezvous InFile(string path, int worldSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(worldSize, 1);
        var full = Path.GetFullPath(path);
        if (!Directory.Exists(Path.GetDirectoryName(full)))
        {
            throw new ProcessGroupException($"{full}: the folder does not exist. Name a file in a folder that every rank can write.");
        }

        TouchFile(full);
        var store = NativeMethods.cg_store_file(full, worldSize, Milliseconds(DefaultTimeout));
        return store != 0
            ? new Rendezvous(store, full, isKeeper: false)
            : throw new ProcessGroupException($"{full} cannot be used as a meeting point: {NativeStatus.Message()}. Name a file in a folder that every rank can write.");
    }

    /// <summary>Lets go of the meeting point; the port closes where this process opened it.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            disposed = true;
            ReleaseIfUnused();
        }
    }

    internal static long Milliseconds(TimeSpan time) => Math.Max(1, (long)time.TotalMilliseconds);

    internal static string FirstLine(string text) => text.Split('\n')[0].TrimEnd('.', ' ');

    /// <summary>Notes a text under a key for all to see.</summary>
    internal void Mark(string key, string text = "1") => Use(handle =>
    {
        NativeStatus.Check(NativeMethods.cg_store_set(handle, key, text), $"noting '{key}' at {Description}");
        return true;
    });

    /// <summary>What is noted under a key; null where nothing is.</summary>
    internal unsafe string? Note(string key) => Use(handle =>
    {
        var bytes = stackalloc byte[MostNoted];
        var length = NativeMethods.cg_store_get(handle, key, bytes, MostNoted);
        NativeStatus.Check(length, $"looking for '{key}' at {Description}");
        return length == 0 ? null : Encoding.UTF8.GetString(bytes, Math.Min(length, MostNoted));
    });

    /// <summary>Whether somebody has noted a key.</summary>
    internal bool IsMarked(string key) => Use(handle =>
    {
        var status = NativeMethods.cg_store_check(handle, key);
        NativeStatus.Check(status, $"looking for '{key}' at {Description}");
        return status != 0;
    });

    /// <summary>Runs a call on the native store, which lives at least until the call ends, even where its caller has stopped waiting.</summary>
    internal T Use<T>(Func<nint, T> call)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            users++;
        }

        try
        {
            return call(store);
        }
        finally
        {
            lock (gate)
            {
                users--;
                ReleaseIfUnused();
            }
        }
    }

    // libtorch waits for a file that is not there, even to find out that a key is not in it.
    private static void TouchFile(string path)
    {
        try
        {
            new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete).Dispose();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ProcessGroupException($"{path} cannot be used as a meeting point: {failure.Message} Name a file in a folder that every rank can write.", failure);
        }
    }

    private void ReleaseIfUnused()
    {
        if (disposed && users == 0 && store != 0)
        {
            NativeMethods.cg_store_release(store);
            store = 0;
        }
    }
}
