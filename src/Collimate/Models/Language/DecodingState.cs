using Collimate.Models.Attention;

namespace Collimate.Models.Language;

/// <summary>Where decoding stands between two tokens: what is in the cache, who sees whom there, and the position that comes next in every row.</summary>
public sealed class DecodingState : IDisposable
{
    private long[] nextPositions;

    private DecodingState(KeyValueCache cache, AttentionSpec attention, long[] nextPositions)
    {
        Cache = cache;
        Attention = attention;
        this.nextPositions = nextPositions;
    }

    /// <summary>Keys and values of all positions so far.</summary>
    public KeyValueCache Cache { get; }

    /// <summary>Who sees whom among them.</summary>
    public AttentionSpec Attention { get; private set; }

    /// <summary>The position id of each row's next token.</summary>
    public ReadOnlySpan<long> NextPositions => nextPositions;

    /// <summary>The state once a prompt will have run: new tokens follow the last valid position of each row.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="cache">The cache it is run with.</param>
    public static DecodingState After(LanguageInput prompt, KeyValueCache cache)
    {
        var attention = prompt.Attention;
        var positions = prompt.Positions.ToArray<long>();
        var next = new long[attention.Batch];
        for (var row = 0; row < next.Length; row++)
        {
            next[row] = positions[(row * attention.Length) + attention.LastValid(row)] + 1;
        }

        return new DecodingState(cache, attention, next);
    }

    /// <summary>Keeps the given rows, in the given order; a row may be named more than once.</summary>
    public void SelectRows(ReadOnlySpan<int> rows)
    {
        var kept = new long[rows.Length];
        for (var row = 0; row < kept.Length; row++)
        {
            kept[row] = nextPositions[rows[row]];
        }

        nextPositions = kept;
        Attention = Attention.SelectRows(rows);
        Cache.SelectRows(rows);
    }

    /// <inheritdoc/>
    public void Dispose() => Cache.Dispose();

    /// <summary>Makes room for one token a row and returns the positions they take.</summary>
    internal long[] MoveOn()
    {
        var taken = nextPositions;
        nextPositions = [.. taken.Select(position => position + 1)];
        Attention = Attention.Append();
        return taken;
    }
}
