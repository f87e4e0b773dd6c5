namespace Collimate.Server.Inference;

/// <summary>Keeps what was used last, up to so many bytes. What is in use stays alive until it is given back, also when it was let go meanwhile.</summary>
/// <typeparam name="TValue">What is kept; disposed when it is let go, where it can be.</typeparam>
/// <param name="limit">The most bytes; 0 keeps nothing.</param>
/// <param name="sizeOf">How many bytes a value has.</param>
internal sealed class LeasedCache<TValue>(long limit, Func<TValue, long> sizeOf) : IDisposable
    where TValue : class
{
    private readonly Dictionary<ContentKey, LinkedListNode<Entry>> entries = [];
    private readonly LinkedList<Entry> byUse = []; // the last used first
    private readonly Lock gate = new();
    private bool isClosed;

    /// <summary>Bytes kept now.</summary>
    public long Bytes { get; private set; }

    /// <summary>How often something was found.</summary>
    public long Hits { get; private set; }

    /// <summary>How often nothing was found.</summary>
    public long Misses { get; private set; }

    /// <summary>What is kept under a key, to be given back; or null.</summary>
    public Lease? Find(ContentKey key)
    {
        lock (gate)
        {
            if (!entries.TryGetValue(key, out var node))
            {
                Misses++;
                return null;
            }

            Hits++;
            byUse.Remove(node);
            byUse.AddFirst(node);
            return Lent(node.Value);
        }
    }

    /// <summary>Keeps a value, which from now on belongs to the cache, and lends it.</summary>
    public Lease Add(ContentKey key, TValue value)
    {
        lock (gate)
        {
            var entry = new Entry(key, value, sizeOf(value));
            var lease = Lent(entry);
            if (isClosed || entry.Bytes > limit || entries.ContainsKey(key))
            {
                entry.IsKept = false; // as alike as the one that is there
                return lease;
            }

            entries[key] = byUse.AddFirst(entry);
            Bytes += entry.Bytes;
            while (Bytes > limit)
            {
                LetGo(byUse.Last!);
            }

            return lease;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
        {
            isClosed = true;
            while (byUse.Last is { } last)
            {
                LetGo(last);
            }
        }
    }

    private Lease Lent(Entry entry)
    {
        entry.Users++;
        return new Lease(this, entry);
    }

    private void LetGo(LinkedListNode<Entry> node)
    {
        byUse.Remove(node);
        entries.Remove(node.Value.Key);
        Bytes -= node.Value.Bytes;
        node.Value.IsKept = false;
        EndIfUnused(node.Value);
    }

    private void GiveBack(Entry entry)
    {
        lock (gate)
        {
            entry.Users--;
            EndIfUnused(entry);
        }
    }

    private static void EndIfUnused(Entry entry)
    {
        if (entry is { IsKept: false, Users: 0 })
        {
            (entry.Value as IDisposable)?.Dispose();
        }
    }

    /// <summary>A value in use.</summary>
    public sealed class Lease : IDisposable
    {
        private readonly LeasedCache<TValue> owner;
        private readonly Entry entry;
        private bool isOver;

        internal Lease(LeasedCache<TValue> owner, Entry entry) => (this.owner, this.entry) = (owner, entry);

        /// <summary>The value.</summary>
        public TValue Value => entry.Value;

        /// <inheritdoc/>
        public void Dispose()
        {
            if (!isOver)
            {
                isOver = true;
                owner.GiveBack(entry);
            }
        }
    }

    internal sealed class Entry(ContentKey key, TValue value, long bytes)
    {
        public ContentKey Key => key;

        public TValue Value => value;

        public long Bytes => bytes;

        public int Users { get; set; }

        public bool IsKept { get; set; } = true;
    }
}
