using System.Collections.Concurrent;
using Collimate.Data.Conversations;
using Collimate.Planning;
using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Training.Features;

/// <summary>
/// What a frozen vision tower said of pictures, kept on disk: a picture that was looked at once is neither decoded nor looked at again. Safe to use
/// from many threads; several processes may share a folder, each of which writes files of its own.
/// </summary>
/// <remarks>
/// Features lie in a folder named after the fingerprint of what computed them (<see cref="FeatureSpace"/>), in files of about 64 MiB
/// (<see cref="FeatureShard"/>). What is damaged is noticed when it is read, told once, and computed again.
/// </remarks>
public sealed class FeatureCache : IDisposable
{
    private const long ShardBytes = 64 << 20;

    private readonly string folder;
    private readonly byte[] space;
    private readonly bool dependsOnCompany;
    private readonly long limit;
    private readonly long shardBytes;
    private readonly ConcurrentDictionary<FeatureKey, (FeatureShard Shard, int Number)> stored = new();
    private readonly ConcurrentDictionary<FeatureKey, (byte[] Features, ScalarType Type, int Tokens, int Width)> pending = new();
    private readonly ConcurrentDictionary<FeatureKey, bool> met = new(); // without how many
    private readonly ConcurrentQueue<string> notes = new();
    private readonly List<FeatureShard> shards = [];
    private readonly HashSet<string> seen = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private long held;
    private long waiting;
    private bool isClosed;

    private FeatureCache(string root, byte[] space, bool dependsOnCompany, long limit, long shardBytes)
    {
        (this.space, this.dependsOnCompany, this.limit, this.shardBytes) = (space, dependsOnCompany, limit, shardBytes);
        folder = Path.Combine(root, Convert.ToHexStringLower(space.AsSpan(0, 8)));
        Root = root;
    }

    /// <summary>The folder of all spaces.</summary>
    public string Root { get; }

    /// <summary>How many pictures it knows.</summary>
    public int Count => stored.Count + pending.Count;

    /// <summary>Opens a cache; its folder is made where absent.</summary>
    /// <param name="root">The folder of all spaces.</param>
    /// <param name="space">The fingerprint of what computes features, 32 bytes.</param>
    /// <param name="limit">The most bytes that the folder may hold, all spaces together.</param>
    /// <param name="dependsOnCompany">Whether features depend on how many pictures are looked at together, so that they are kept apart by it.</param>
    /// <param name="shardBytes">Features are written once so many bytes of them wait.</param>
    /// <exception cref="RunException">The folder cannot be made or read.</exception>
    public static FeatureCache Open(string root, byte[] space, long limit, bool dependsOnCompany = false, long shardBytes = ShardBytes)
    {
        var cache = new FeatureCache(root, space, dependsOnCompany, limit, shardBytes);
        try
        {
            Directory.CreateDirectory(cache.folder);
            cache.held = cache.Occupied();
            cache.FindShards();
            return cache;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            cache.Dispose();
            throw new RunException($"feature_cache: {root} cannot be used ({failure.Message.TrimEnd('.')}). Name a folder that this user may write, or leave the line out.", failure);
        }
    }

    /// <summary>The key of a picture.</summary>
    /// <param name="hash">The hash of its contents, 32 bytes.</param>
    /// <param name="together">How many pictures the tower is to look at together.</param>
    public FeatureKey KeyOf(ReadOnlySpan<byte> hash, int together) => FeatureKey.Of(hash, dependsOnCompany ? together : 0);

    /// <summary>Whether a picture is known.</summary>
    public bool Contains(FeatureKey key) => stored.ContainsKey(key) || pending.ContainsKey(key);

    /// <summary>Whether a picture was looked at before, among however many.</summary>
    /// <param name="hash">The hash of its contents, 32 bytes.</param>
    public bool HasMet(byte[] hash) => met.ContainsKey(FeatureKey.Of(hash, 0));

    /// <summary>The features of pictures, if all of them are there and sound.</summary>
    /// <param name="keys">The pictures.</param>
    /// <returns>The features, or null where one is absent.</returns>
    public StoredFeatures? Find(IReadOnlyList<FeatureKey> keys)
    {
        if (keys.Count == 0 || !keys.All(Contains))
        {
            return null;
        }

        StoredFeatures? all = null;
        for (var k = 0; k < keys.Count; k++)
        {
            if (!TryRead(keys[k], k, keys.Count, ref all))
            {
                return null;
            }
        }

        return all;
    }

    /// <summary>Keeps what the tower said of pictures.</summary>
    /// <param name="keys">The pictures.</param>
    /// <param name="patches">What it said, <c>[images, tokens, width]</c>.</param>
    public void Add(IReadOnlyList<FeatureKey> keys, Tensor patches)
    {
        if (Volatile.Read(ref isClosed))
        {
            return;
        }

        var (type, tokens, width) = (patches.Type, (int)patches.Size(1), (int)patches.Size(2));
        foreach (var (key, features) in keys.Zip(StoredFeatures.Split(patches)))
        {
            if (!Contains(key) && pending.TryAdd(key, (features, type, tokens, width)))
            {
                Interlocked.Add(ref waiting, features.Length);
            }
        }

        if (Volatile.Read(ref waiting) >= Math.Min(shardBytes, limit - Volatile.Read(ref held)))
        {
            Flush();
        }
    }

    /// <summary>Writes what waits; where the disk or the limit does not allow it, nothing more is kept from then on.</summary>
    public void Flush()
    {
        lock (gate)
        {
            var entries = pending.ToArray();
            if (entries.Length == 0 || isClosed)
            {
                return;
            }

            foreach (var alike in entries.GroupBy(entry => (entry.Value.Type, entry.Value.Tokens, entry.Value.Width)))
            {
                Write(alike.Key, [.. alike.OrderBy(entry => entry.Key.High).ThenBy(entry => entry.Key.Low).Select(entry => (entry.Key, entry.Value.Features))]);
            }

            FindShards(); // one's own, and what other processes have written meanwhile
            foreach (var entry in entries)
            {
                if (pending.TryRemove(entry.Key, out var written))
                {
                    waiting -= written.Features.Length;
                }
            }
        }
    }

    /// <summary>What was noticed since the last call, to be told to whoever watches.</summary>
    public IReadOnlyList<string> TakeNotes()
    {
        var taken = new List<string>();
        while (notes.TryDequeue(out var note))
        {
            taken.Add(note);
        }

        return taken;
    }

    /// <summary>Writes what waits, and lets go of the files.</summary>
    public void Dispose()
    {
        Flush();
        shards.ForEach(shard => shard.Dispose());
        shards.Clear();
        stored.Clear();
    }

    private bool TryRead(FeatureKey key, int at, int count, ref StoredFeatures? all)
    {
        if (pending.TryGetValue(key, out var fresh))
        {
            all ??= Room(count, fresh.Type, fresh.Tokens, fresh.Width);
            return Fits(all, fresh.Type, fresh.Tokens, fresh.Width) && Copied(fresh.Features, all, at);
        }

        if (!stored.TryGetValue(key, out var place))
        {
            return false;
        }

        var (shard, number) = place;
        all ??= Room(count, shard.Type, shard.Tokens, shard.Width);
        if (Fits(all, shard.Type, shard.Tokens, shard.Width) && shard.TryCopy(number, all.Bytes.AsSpan(at * shard.Each, shard.Each)))
        {
            return true;
        }

        if (stored.TryRemove(key, out _))
        {
            notes.Enqueue($"{shard.Path}: the features of a picture are not what was written (their hash differs); they are computed again. Check the disk, and delete the file at leisure.");
        }

        return false;
    }

    private static StoredFeatures Room(int count, ScalarType type, int tokens, int width) =>
        new(new byte[checked(count * tokens * width * type.Size())], type, count, tokens, width);

    private static bool Fits(StoredFeatures all, ScalarType type, int tokens, int width) => (all.Type, all.Tokens, all.Width) == (type, tokens, width);

    private static bool Copied(byte[] features, StoredFeatures all, int at)
    {
        features.CopyTo(all.Bytes, at * features.Length);
        return true;
    }

    private void Write((ScalarType, int, int) shape, (FeatureKey Key, byte[] Features)[] entries)
    {
        try
        {
            held = Occupied(); // other processes write too
            var most = entries.Length;
            while (most > 0 && held + FeatureShard.LengthOf(most, entries[0].Features.Length) > limit)
            {
                most--;
            }

            var fitting = entries[..most];
            if (fitting.Length > 0)
            {
                var path = Path.Combine(folder, $"features-{Guid.NewGuid():n}.bin");
                FeatureShard.Write(path, space, shape, fitting);
                held += new FileInfo(path).Length;
            }

            if (fitting.Length < entries.Length)
            {
                Close($"feature_cache: {Root} holds {ByteSize.Format(held)} of at most {ByteSize.Format(limit)}; further pictures are looked at anew each time. Raise its limit, or delete folders in it that no stage uses any more.");
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Close($"feature_cache: {folder} cannot be written ({failure.Message.TrimEnd('.')}); further pictures are looked at anew each time.");
        }
    }

    private long Occupied() => new DirectoryInfo(Root).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    private void Close(string why)
    {
        Volatile.Write(ref isClosed, true);
        notes.Enqueue(why);
    }

    // The newest first: it may hold what was damaged in an older one.
    private void FindShards()
    {
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles(FeatureShard.NamePattern).OrderByDescending(file => file.LastWriteTimeUtc).Where(file => seen.Add(file.Name)))
        {
            try
            {
                var shard = FeatureShard.Open(file.FullName, space);
                shards.Add(shard);
                for (var number = 0; number < shard.Count; number++)
                {
                    var key = shard.KeyOf(number);
                    stored.TryAdd(key, (shard, number));
                    met.TryAdd(key with { Together = 0 }, true);
                }
            }
            catch (Exception failure) when (failure is CheckpointException or IOException or UnauthorizedAccessException)
            {
                notes.Enqueue($"{failure.Message} Its features are computed again.");
            }
        }
    }
}
