using Collimate.Data.Conversations;

namespace Collimate.Training.Programs;

/// <summary>A row of a batch in the making: a sample (or several that were packed), and what has been made of it.</summary>
/// <param name="Sample">The sample; of several, all their pictures.</param>
/// <param name="Layout">Its text.</param>
/// <param name="Pixels">Its pictures where they have been read, <c>[images, 3, height, width]</c>; null where they have not.</param>
internal sealed record BatchRow(Sample Sample, TokenLayout Layout, float[]? Pixels = null)
{
    /// <summary>The text with the worse answers, where the row is a preference that is trained on; else null.</summary>
    internal TokenLayout? Rejected { get; init; }

    /// <summary>Tokens of its longest text; a picture counts as one.</summary>
    internal int Longest => Math.Max(Layout.Count, Rejected?.Count ?? 0);

    /// <summary>How many samples it is made of.</summary>
    internal int Samples { get; private init; } = 1;

    /// <summary>How many positions it takes.</summary>
    /// <param name="tokensPerImage">Visual tokens that a picture becomes.</param>
    internal int LengthWith(int tokensPerImage) => Layout.Count + (Sample.Images.Count * (tokensPerImage - 1));

    /// <summary>Several samples as one row; a single one stays as it is.</summary>
    internal static BatchRow Join(IReadOnlyList<BatchRow> rows)
    {
        if (rows.Count == 1)
        {
            return rows[0];
        }

        var layout = LayoutPacking.Join([.. rows.Select(row => row.Layout)]);
        var sample = new Sample(layout.SampleId, [.. rows.SelectMany(row => row.Sample.Images)], [.. rows.SelectMany(row => row.Sample.Conversation)]);
        // Pictures were read for all samples of a batch, or for none.
        return new BatchRow(sample, layout, rows.All(row => row.Pixels is not null) ? [.. rows.SelectMany(row => row.Pixels!)] : null) { Samples = rows.Sum(row => row.Samples) };
    }
}
