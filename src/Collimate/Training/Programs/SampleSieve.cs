using System.Collections.Concurrent;
using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Imaging;

namespace Collimate.Training.Programs;

/// <summary>Draws the samples of a step. Where a share of bad ones is allowed, others take their places, and they are counted and named; past that share the run fails.</summary>
/// <remarks>
/// In the place of a bad sample comes the next of the same pass that is none, so that a step still follows from its number alone. To know what is bad, pictures
/// are read here then; processes that train together each read the pictures of the whole batch, as all must come to the same batch.
/// </remarks>
/// <param name="source">Where samples come from.</param>
/// <param name="batcher">How they become tokens and pixels.</param>
/// <param name="options">The stage's batch size and the share it allows.</param>
internal sealed class SampleSieve(ISampleSource source, ConversationBatcher batcher, StageOptions options)
{
    /// <summary>The share is taken of at least so many samples: one bad sample in the first batch says little.</summary>
    internal const int LeastDrawn = 1000;

    private const int MostReplacements = 1000;

    private readonly ConcurrentDictionary<long, List<BadSampleReport>> reports = new();
    private readonly BarrenSamples barren = new();
    private Exception? first;
    private long skipped;
    private long drawn;

    /// <summary>The rows of a step; null for a sample that holds nothing to learn, few of which are left out even where none may be bad.</summary>
    /// <exception cref="DataException">A sample cannot be used and none may be bad, or too many are.</exception>
    /// <exception cref="ImageException">A picture cannot be read and none may be bad.</exception>
    internal BatchRow?[] Draw(long step)
    {
        if (options.BadSamples == 0)
        {
            return [.. source.Draw(step, options.BatchSize).Select(sample => Fit(step, sample))];
        }

        var rows = new BatchRow?[options.BatchSize];
        var faults = new Exception?[rows.Length];
        var most = Math.Min(MostReplacements, source.Count ?? MostReplacements);
        for (var attempt = 0; Array.Exists(rows, row => row is null); attempt++)
        {
            if (attempt == most)
            {
                var hopeless = Array.FindIndex(rows, row => row is null);
                throw new DataException($"{faults[hopeless]!.Message} Nor can any of the {most - 1:N0} samples after it be used. Check where the pictures are and how long a conversation may be.", faults[hopeless]);
            }

            Fill(rows, faults, step, attempt);
        }

        Count(step, faults);
        return rows;
    }

    /// <summary>What a batch without any token to learn is told.</summary>
    internal DataException NothingToLearn(long step) => barren.Batch(source.At(step * options.BatchSize).Id);

    /// <summary>What was noticed in a step; told once.</summary>
    internal IReadOnlyList<BadSampleReport> TakeReports(long step) => reports.TryRemove(step, out var taken) ? taken : [];

    private BatchRow? Fit(long step, Sample sample)
    {
        drawn++;
        try
        {
            var row = batcher.Row(sample);
            barren.Fit();
            return row;
        }
        catch (DataException failure) when (failure.Fault == DataFault.NoAnswer)
        {
            barren.LeaveOut(failure);
            reports.GetOrAdd(step, _ => []).Add(new BadSampleReport(options.Name, step + 1, sample.Id, failure.Message, ++skipped, drawn));
            return null;
        }
    }

    // Text one after the other, as a tokenizer may keep what it has seen; pictures side by side.
    private void Fill(BatchRow?[] rows, Exception?[] faults, long step, int attempt)
    {
        var empty = Enumerable.Range(0, rows.Length).Where(k => rows[k] is null).ToArray();
        foreach (var k in empty)
        {
            Try(k, () => batcher.Row(source.At(Place(checked((step * rows.Length) + k), attempt))));
        }

        var rendered = empty.Where(k => rows[k] is not null).ToArray();
        SideBySide.Run(rendered.Length, batcher.DecodeThreads, at =>
        {
            var row = rows[rendered[at]]!;
            Try(rendered[at], () => row with { Pixels = batcher.Pixels(row.Sample) });
        });

        void Try(int k, Func<BatchRow> make)
        {
            try
            {
                rows[k] = make();
            }
            catch (Exception fault) when (fault is ImageException or DataException { Fault: not DataFault.Source })
            {
                rows[k] = null;
                faults[k] ??= fault; // of the sample itself; what stands in for it is counted in its own place
            }
        }
    }

    private long Place(long place, int attempt)
    {
        if (source.Count is not { } count)
        {
            return place + attempt;
        }

        var (pass, within) = Math.DivRem(place, count);
        return (pass * count) + ((within + attempt) % count);
    }

    private void Count(long step, Exception?[] faults)
    {
        var before = drawn;
        drawn += faults.Length;
        var noticed = new List<BadSampleReport>();
        for (var k = 0; k < faults.Length; k++)
        {
            if (faults[k] is { } fault)
            {
                first ??= fault;
                var name = (fault as DataException)?.SampleId ?? $"sample {(step * faults.Length) + k}";
                noticed.Add(new BadSampleReport(options.Name, step + 1, name, fault.Message, ++skipped, before + k + 1));
            }
        }

        if (skipped > options.BadSamples * Math.Max(drawn, LeastDrawn))
        {
            throw new DataException(
                $"{first!.Message} It is the first of {skipped:N0} samples that cannot be used, of {drawn:N0} drawn; bad_samples: {options.BadSamples} in stage '{options.Name}' "
                + $"allows that share of at least {LeastDrawn:N0}. Mend the data, or raise bad_samples.",
                first);
        }

        if (noticed.Count > 0)
        {
            reports[step] = noticed;
        }
    }
}
