namespace Collimate.Planning;

/// <summary>What a pass over a piece was found to take.</summary>
/// <param name="Rows">How many rows it had, all of the same length.</param>
/// <param name="Positions">How many positions in all.</param>
/// <param name="Labels">How many of them carry a label.</param>
/// <param name="FirstPeak">The most bytes of tensors held above those of before, when gradients did not exist yet: they are among them.</param>
/// <param name="LaterPeak">The same when gradients were there and were added to; without theirs.</param>
/// <param name="Resident">The largest size of the process meanwhile.</param>
/// <param name="Seconds">How long the second pass took.</param>
internal sealed record PieceFigures(int Rows, long Positions, int Labels, long FirstPeak, long LaterPeak, long Resident, double Seconds);

/// <summary>What passes of other sizes take, on a line through two measured ones: rows of a length are computed side by side, each with the same activations.</summary>
/// <param name="Small">A measured pass.</param>
/// <param name="Large">A measured pass of more rows, or the same.</param>
internal sealed record PieceLine(PieceFigures Small, PieceFigures Large)
{
    /// <summary>The most bytes a pass takes above what was there before, new gradients among them.</summary>
    public long FirstPeak(int rows) => At(rows, figures => figures.FirstPeak);

    /// <summary>The most bytes a pass takes beside gradients that were there.</summary>
    public long LaterPeak(int rows) => At(rows, figures => figures.LaterPeak);

    /// <summary>Bytes that each further row takes.</summary>
    public long BytesPerRow => Math.Max(0, At(2, figures => figures.LaterPeak) - At(1, figures => figures.LaterPeak));

    /// <summary>Seconds a position takes.</summary>
    public double SecondsPerPosition => Large.Seconds / Math.Max(1, Large.Positions);

    private long At(int rows, Func<PieceFigures, long> value)
    {
        var (low, high) = (value(Small), value(Large));
        var slope = Large.Rows == Small.Rows ? (double)low / Small.Rows : (double)(high - low) / (Large.Rows - Small.Rows);
        return Math.Max(0, (long)(low + (slope * (rows - Small.Rows))));
    }
}
