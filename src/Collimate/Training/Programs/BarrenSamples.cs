using Collimate.Data;

namespace Collimate.Training.Programs;

/// <summary>Counts samples that hold nothing to learn. A few are left out; more than one in a hundred mean that data and template do not fit, and training stops.</summary>
internal sealed class BarrenSamples
{
    private const int Least = 100;

    private readonly Lock gate = new();
    private DataException? first;
    private long seen;
    private long barren;

    /// <summary>Notes a sample that is fit to learn from.</summary>
    internal void Fit()
    {
        lock (gate)
        {
            seen++;
        }
    }

    /// <summary>Notes a sample that is left out.</summary>
    /// <param name="failure">Why; it shows the sample with what its tokens are.</param>
    /// <exception cref="DataException">There are too many of them.</exception>
    internal void LeaveOut(DataException failure)
    {
        lock (gate)
        {
            seen++;
            barren++;
            first ??= failure;
            if (barren * Least > Math.Max(seen, Least))
            {
                throw new DataException(
                    $"{barren} of {seen} samples hold nothing to learn, more than 1 in {Least}; check the conversations' roles and the chat template. The first: {first.Message}", first);
            }
        }
    }

    /// <summary>What a batch without any token to learn is told.</summary>
    internal DataException Batch(string sample) => new(
        sample, $"no sample of this batch has a token to learn; check the conversations' roles, the chat template and the context length.{(first is null ? "" : $" The first: {first.Message}")}", DataFault.NoAnswer);
}
