using Collimate.Generation;
using Collimate.Torch;

namespace Collimate.Verification;

/// <summary>Keeps the scores that pass through a decoding session, row by row, while rows leave the batch.</summary>
internal sealed class ListeningSession : IDecodingSession
{
    private readonly IDecodingSession inner;
    private readonly List<float[]>[] scores;
    private int[] rows;

    public ListeningSession(IDecodingSession inner)
    {
        this.inner = inner;
        rows = [.. Enumerable.Range(0, inner.Rows)];
        scores = [.. rows.Select(_ => new List<float[]>())];
    }

    /// <summary>For every row the scores of each of its steps.</summary>
    public IReadOnlyList<IReadOnlyList<float[]>> Scores => scores;

    /// <inheritdoc/>
    public int Rows => inner.Rows;

    /// <inheritdoc/>
    public int Room => inner.Room;

    /// <inheritdoc/>
    public Tensor Prefill() => Heard(inner.Prefill());

    /// <inheritdoc/>
    public Tensor Step(ReadOnlySpan<int> tokens) => Heard(inner.Step(tokens));

    /// <inheritdoc/>
    public void SelectRows(ReadOnlySpan<int> rows)
    {
        var kept = new int[rows.Length];
        for (var index = 0; index < kept.Length; index++)
        {
            kept[index] = this.rows[rows[index]];
        }

        this.rows = kept;
        inner.SelectRows(rows);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Whoever made the session ends it.
    }

    private Tensor Heard(Tensor logits)
    {
        var flat = logits.To(ScalarType.Float32).ToArray<float>();             // [rows, vocabulary]
        var width = flat.Length / rows.Length;
        for (var index = 0; index < rows.Length; index++)
        {
            scores[rows[index]].Add(flat[(index * width)..((index + 1) * width)]);
        }

        return logits;
    }
}
