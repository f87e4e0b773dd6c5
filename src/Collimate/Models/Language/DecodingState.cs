using Collimate.Models.Attention;
using Collimate.Torch;
using Collimate.Torch.Fused;

namespace Collimate.Models.Language;

/// <summary>
/// Where decoding stands between two tokens: what is in the cache, who sees whom there, and the position that comes next in every row.
/// A step costs the same however long the rows have become: new tokens see each other and are seen, so that only the prompt needs a description.
/// </summary>
public sealed class DecodingState : IDisposable
{
    private AttentionSpec prompt;
    private AttentionSpec described;
    private long[] nextPositions;
    private Tensor? visible; // [rows, capacity], 0 where new tokens do not see; ones stand ready behind the last position

    private DecodingState(KeyValueCache cache, AttentionSpec attention, long[] nextPositions)
    {
        Cache = cache;
        prompt = described = attention;
        Length = attention.Length;
        this.nextPositions = nextPositions;
    }

    /// <summary>Keys and values of all positions so far.</summary>
    public KeyValueCache Cache { get; }

    /// <summary>Rows of the batch.</summary>
    public int Rows => nextPositions.Length;

    /// <summary>Positions in every row, the prompt's padding included.</summary>
    public int Length { get; private set; }

    /// <summary>Who sees whom among all positions; made when it is asked for.</summary>
    public AttentionSpec Attention
    {
        get
        {
            while (described.Length < Length)
            {
                described = described.Append();
            }

            return described;
        }
    }

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
            next[row] = LargestBefore(positions, attention, row) + 1;
        }

        return new DecodingState(cache, attention, next);
    }

    // A token that was moved to the end may stand for an earlier place than those before it.
    private static long LargestBefore(long[] positions, AttentionSpec attention, int row)
    {
        var (start, last) = (row * attention.Length, attention.LastValid(row));
        var largest = 0L;
        for (var at = start; at <= start + last; at++)
        {
            var isSeen = AttentionSpec.SeesDocument(attention.Document[start + last], attention.Document[at]);
            largest = attention.Valid[at] != 0 && isSeen ? Math.Max(largest, positions[at]) : largest;
        }

        return largest;
    }

    /// <summary>The same again, to go on in another way.</summary>
    public DecodingState Copy() => new(Cache.Copy(), prompt, [.. nextPositions]) { Length = Length };

    /// <summary>Keeps the given rows, in the given order; a row may be named more than once.</summary>
    public void SelectRows(ReadOnlySpan<int> rows)
    {
        var kept = new long[rows.Length];
        for (var row = 0; row < kept.Length; row++)
        {
            kept[row] = nextPositions[rows[row]];
        }

        nextPositions = kept;
        prompt = described = prompt.SelectRows(rows);
        Cache.SelectRows(rows);
        Forget();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Cache.Dispose();
        Forget();
    }

    /// <summary>Makes room for one token a row.</summary>
    /// <param name="device">Where the decoder is.</param>
    /// <returns>The positions these tokens take, <c>[rows, 1]</c>, and who of all positions they see</returns>
    internal (Tensor Positions, AttentionRule Sight) MoveOn(Device device)
    {
        var taken = Tensor.From<long>(nextPositions, [Rows, 1], device);
        foreach (ref var position in nextPositions.AsSpan())
        {
            position++;
        }

        Length++;
        return (taken, SeenByNewTokens(device));
    }

    private AttentionRule SeenByNewTokens(Device device)
    {
        if (prompt.IsFull(prompt.Length - 1))
        {
            return AttentionRule.Full;
        }

        if (visible is null || visible.Size(1) < Length)
        {
            Forget();
            visible = SeenOfThePrompt(capacity: 2 * Length, device);
        }

        return AttentionRule.Full with { Valid = visible.Narrow(1, 0, Length) };
    }

    // A new token belongs to the document of the row's last token.
    private Tensor SeenOfThePrompt(int capacity, Device device)
    {
        var seen = new int[Rows * capacity];
        Array.Fill(seen, 1);
        for (var row = 0; row < Rows; row++)
        {
            var (start, last) = (row * prompt.Length, prompt.LastValid(row));
            for (var key = 0; key < prompt.Length; key++)
            {
                seen[(row * capacity) + key] = prompt.Valid[start + key] != 0 && AttentionSpec.SeesDocument(prompt.Document[start + last], prompt.Document[start + key]) ? 1 : 0;
            }
        }

        return Tensor.From(seen, [Rows, capacity], device).Keep();
    }

    private void Forget()
    {
        visible?.Dispose();
        visible = null;
    }
}
