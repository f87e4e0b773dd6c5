using Collimate.Torch;
using Collimate.Torch.Fused;

namespace Collimate.Models.Attention;

/// <summary>
/// Who may attend to whom, described by four integers per position instead of a matrix, so that causal, prefix,
/// bidirectional, interleaved and packed masks are one mechanism that stays right after any reordering.
/// <para>
/// In one batch row, position i attends to position j when <c>Valid(j) = 1</c>, and <c>Document(i) = Document(j)</c> or
/// <c>Document(j) = </c><see cref="AttentionRule.SharedPart"/><c>(Document(i))</c> (a prefix shared by all documents of a sample; 0 where the row holds one sample), and <c>j ≤ i</c> or <c>Group(i) = Group(j) ≠ 0</c> or
/// <c>Open(j) = 1</c>.
/// </para>
/// </summary>
/// <remarks>
/// All arrays are row-major <c>[batch, length]</c>. The order of positions is their order in the key/value cache; with a
/// cache the queries of a run are the last positions of the description.
/// </remarks>
public sealed class AttentionSpec
{
    private readonly int[] document;
    private readonly int[] group;
    private readonly int[] open;
    private readonly int[] valid;
    private readonly bool hidesNothingBehind;
    private readonly bool isFull;

    /// <summary>Describes <paramref name="batch"/> rows of <paramref name="length"/> positions; the arrays are taken over, not copied.</summary>
    /// <param name="batch">How many rows.</param>
    /// <param name="length">How many positions each row has, padding included.</param>
    /// <param name="document">Number of the document a position belongs to; 0 is the prefix that every document sees, further samples in the row begin at multiples of <see cref="AttentionRule.DocumentsPerSample"/>.</param>
    /// <param name="group">Positions of one non-zero group see each other in both directions.</param>
    /// <param name="open">1 where everyone in the document may look, also from earlier positions.</param>
    /// <param name="valid">0 on padding.</param>
    /// <exception cref="ArgumentException">An array does not hold batch x length numbers.</exception>
    public AttentionSpec(int batch, int length, int[] document, int[] group, int[] open, int[] valid)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Batch = batch;
        Length = length;
        this.document = Checked(document, nameof(document));
        this.group = Checked(group, nameof(group));
        this.open = Checked(open, nameof(open));
        this.valid = Checked(valid, nameof(valid));
        HasPadding = valid.Contains(0);
        hidesNothingBehind = !HasPadding && EachRowIsUniform(document);
        IsPlainCausal = hidesNothingBehind && !group.AsSpan().ContainsAnyExcept(0) && !open.AsSpan().ContainsAnyExcept(0);
        isFull = hidesNothingBehind && ((EachRowIsUniform(group) && !group.Contains(0)) || !open.Contains(0));
    }

    /// <summary>Rows of the batch.</summary>
    public int Batch { get; }

    /// <summary>Positions in every row, padding included.</summary>
    public int Length { get; }

    /// <summary>True where some position is padding.</summary>
    public bool HasPadding { get; }

    /// <summary>True when the rule is "everything up to and including oneself" in every row, so that no mask is needed beyond causality.</summary>
    public bool IsPlainCausal { get; }

    /// <summary>Document numbers, <c>[batch, length]</c> row-major.</summary>
    public ReadOnlySpan<int> Document => document;

    /// <summary>Group numbers, <c>[batch, length]</c> row-major.</summary>
    public ReadOnlySpan<int> Group => group;

    /// <summary>1 where a position is open to all of its document, <c>[batch, length]</c> row-major.</summary>
    public ReadOnlySpan<int> Open => open;

    /// <summary>0 on padding, 1 elsewhere, <c>[batch, length]</c> row-major.</summary>
    public ReadOnlySpan<int> Valid => valid;

    /// <summary>Left-to-right attention without padding.</summary>
    public static AttentionSpec Causal(int batch, int length) =>
        Causal(batch, length, Filled(batch * length, 1));

    /// <summary>Left-to-right attention; <paramref name="valid"/> (<c>[batch, length]</c>) is 0 on padding, wherever it stands.</summary>
    public static AttentionSpec Causal(int batch, int length, int[] valid) =>
        new(batch, length, new int[batch * length], new int[batch * length], new int[batch * length], valid);

    /// <summary>Everyone sees everyone; <paramref name="valid"/> (<c>[batch, length]</c>), where given, is 0 on padding.</summary>
    public static AttentionSpec Bidirectional(int batch, int length, int[]? valid = null) =>
        new(batch, length, new int[batch * length], Filled(batch * length, 1), new int[batch * length], valid ?? Filled(batch * length, 1));

    /// <summary>The rule, for one pair of positions of one row.</summary>
    public bool Sees(int row, int query, int key)
    {
        var (i, j) = ((row * Length) + query, (row * Length) + key);
        return valid[j] != 0
            && SeesDocument(document[i], document[j])
            && (key <= query || (group[i] == group[j] && group[i] != 0) || open[j] != 0);
    }

    /// <summary>Whether a document sees another: itself, and what all documents of its sample share.</summary>
    public static bool SeesDocument(int document, int other) => other == document || other == AttentionRule.SharedPart(document);

    /// <summary>True when all positions from <paramref name="firstQuery"/> on see every position of their row, so that no mask is needed.</summary>
    public bool IsFull(int firstQuery = 0) => isFull || (hidesNothingBehind && firstQuery >= Length - 1);

    /// <summary>The last position of a row that is not padding.</summary>
    /// <exception cref="ArgumentException">The whole row is padding.</exception>
    public int LastValid(int row)
    {
        var last = valid.AsSpan(row * Length, Length).LastIndexOfAnyExcept(0);
        return last >= 0 ? last : throw new ArgumentException($"row {row} of the batch is all padding: every row needs at least one token");
    }

    /// <summary>
    /// The description with one more position in every row, for a token that was just generated: it belongs to the document of the
    /// row's last valid position, to no group, and is seen by what follows it.
    /// </summary>
    public AttentionSpec Append()
    {
        var (documents, groups, opens, valids) = (Widened(document), Widened(group), Widened(open), Widened(valid));
        for (var row = 0; row < Batch; row++)
        {
            var added = (row * (Length + 1)) + Length;
            documents[added] = document[(row * Length) + LastValid(row)];
            valids[added] = 1;
        }

        return new AttentionSpec(Batch, Length + 1, documents, groups, opens, valids);
    }

    /// <summary>The description of the first <paramref name="length"/> positions.</summary>
    public AttentionSpec Trim(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        return new AttentionSpec(Batch, length, Cut(document), Cut(group), Cut(open), Cut(valid));

        int[] Cut(int[] values)
        {
            var cut = new int[Batch * length];
            for (var row = 0; row < Batch; row++)
            {
                values.AsSpan(row * Length, length).CopyTo(cut.AsSpan(row * length));
            }

            return cut;
        }
    }

    /// <summary>The description of the given rows, in the given order; a row may be named more than once.</summary>
    public AttentionSpec SelectRows(ReadOnlySpan<int> rows)
    {
        return new AttentionSpec(rows.Length, Length, Chosen(document, rows), Chosen(group, rows), Chosen(open, rows), Chosen(valid, rows));

        int[] Chosen(int[] values, ReadOnlySpan<int> rows)
        {
            var chosen = new int[rows.Length * Length];
            for (var row = 0; row < rows.Length; row++)
            {
                values.AsSpan(rows[row] * Length, Length).CopyTo(chosen.AsSpan(row * Length));
            }

            return chosen;
        }
    }

    /// <summary>The rule as a matrix: for inspection, and what everything that avoids the matrix is measured against.</summary>
    /// <param name="firstQuery">The first position that asks; those before it are only looked at (they lie in the cache).</param>
    /// <param name="device">Where the matrix is made.</param>
    /// <returns>Booleans <c>[batch, 1, length - firstQuery, length]</c>, true where the query (third dimension) sees the key (fourth).</returns>
    public Tensor ToMask(int firstQuery = 0, Device? device = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstQuery);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstQuery, Length);
        var queries = Length - firstQuery;
        var mask = new bool[Batch * queries * Length];
        for (var row = 0; row < Batch; row++)
        {
            for (var query = 0; query < queries; query++)
            {
                var line = mask.AsSpan(((row * queries) + query) * Length, Length);
                for (var key = 0; key < line.Length; key++)
                {
                    line[key] = Sees(row, firstQuery + query, key);
                }
            }
        }

        return Tensor.From<bool>(mask, [Batch, 1, queries, Length], device);
    }

    /// <summary>The description on a device, for one run: only those of the four arrays that make a difference.</summary>
    /// <param name="device">Where the queries and keys are.</param>
    /// <param name="firstQuery">The first position that asks; those before it are only looked at.</param>
    public AttentionRule On(Device device, int firstQuery = 0)
    {
        if (IsFull(firstQuery))
        {
            return AttentionRule.Full;
        }

        return new AttentionRule(
            IsCausal: true,
            EachRowIsUniform(document) ? null : OnDevice(document),
            group.AsSpan().ContainsAnyExcept(0) ? OnDevice(group) : null,
            open.AsSpan().ContainsAnyExcept(0) ? OnDevice(open) : null,
            HasPadding ? OnDevice(valid) : null);

        Tensor OnDevice(int[] values) => Tensor.From<int>(values, [Batch, Length], device);
    }

    private static int[] Filled(int count, int value)
    {
        var values = new int[count];
        Array.Fill(values, value);
        return values;
    }

    private int[] Checked(int[] values, string name) =>
        values.Length == Batch * Length
            ? values
            : throw new ArgumentException($"{name} holds {values.Length} numbers; {Batch} rows of {Length} positions need {Batch * Length}", name);

    private int[] Widened(int[] values)
    {
        var wide = new int[Batch * (Length + 1)];
        for (var row = 0; row < Batch; row++)
        {
            values.AsSpan(row * Length, Length).CopyTo(wide.AsSpan(row * (Length + 1)));
        }

        return wide;
    }

    private bool EachRowIsUniform(int[] values)
    {
        for (var row = 0; row < Batch && Length > 0; row++)
        {
            if (values.AsSpan(row * Length, Length).ContainsAnyExcept(values[row * Length]))
            {
                return false;
            }
        }

        return true;
    }
}
