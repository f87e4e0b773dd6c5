namespace Collimate.Evaluation.Metrics.Captions;

/// <summary>What one metric says of a set of captions.</summary>
/// <param name="Metric">The metric's name, which tells its variant: BLEU-4, ROUGE-L, CIDEr-D.</param>
/// <param name="Corpus">The figure of the whole set.</param>
/// <param name="Images">The figure of each picture, in the pictures' order.</param>
public sealed record CaptionScores(string Metric, double Corpus, IReadOnlyList<double> Images)
{
    /// <summary>Scores whose corpus figure is the mean over the pictures.</summary>
    internal static CaptionScores Mean(string metric, double[] images)
    {
        var sum = 0.0;
        foreach (var score in images)
        {
            sum += score;
        }

        return new CaptionScores(metric, sum / images.Length, images);
    }

    /// <summary>Computes something of every item; each result stands at its item's place, so threads change nothing.</summary>
    internal static TResult[] OfEach<TItem, TResult>(IReadOnlyList<TItem> items, int threads, Func<TItem, TResult> work, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        var results = new TResult[items.Count];
        try
        {
            Parallel.For(0, items.Count, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, at => results[at] = work(items[at]));
        }
        catch (AggregateException failures) when (failures.InnerExceptions.Count > 0)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failures.InnerExceptions[0]);
        }

        return results;
    }
}
