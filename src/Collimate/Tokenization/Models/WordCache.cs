using System.Collections.Concurrent;

namespace Collimate.Tokenization.Models;

/// <summary>Remembers the tokens of short words, up to a bound.</summary>
internal sealed class WordCache
{
    private const int Limit = 1 << 16;
    private const int LongestWord = 64;
    private readonly ConcurrentDictionary<string, ModelToken[]> words = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ModelToken[]>.AlternateLookup<ReadOnlySpan<char>> bySpan;
    private int count;

    internal WordCache() => bySpan = words.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The tokens of a word, or null.</summary>
    internal ModelToken[]? Find(ReadOnlySpan<char> word) => word.Length <= LongestWord && bySpan.TryGetValue(word, out var tokens) ? tokens : null;

    /// <summary>Remembers the tokens of a word if there is room.</summary>
    internal void Add(ReadOnlySpan<char> word, ReadOnlySpan<ModelToken> tokens)
    {
        // The count may overshoot by a few under contention; it only bounds memory.
        if (word.Length <= LongestWord && Volatile.Read(ref count) < Limit && bySpan.TryAdd(word, tokens.ToArray()))
        {
            Interlocked.Increment(ref count);
        }
    }
}
