using Collimate.Data;

namespace Collimate.Evaluation.Metrics.Captions;

/// <summary>A picture's caption by a model beside the captions that people gave it.</summary>
/// <param name="Id">The picture's id.</param>
/// <param name="Candidate">The model's caption.</param>
/// <param name="References">The people's captions, at least one.</param>
public sealed record CaptionPair(string Id, string Candidate, IReadOnlyList<string> References)
{
    /// <summary>The same with every caption as the caption tool's words, parted by blanks.</summary>
    /// <remarks>Every metric of a caption takes such pairs; see <see cref="CaptionWords"/>.</remarks>
    public CaptionPair Tokenized() => new(Id, CaptionWords.Of(Candidate), [.. References.Select(CaptionWords.Of)]);

    /// <summary>All pairs as words, on as many threads as are asked for.</summary>
    /// <param name="pairs">The pairs as they were written.</param>
    /// <param name="threads">Threads; the result does not depend on them.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static IReadOnlyList<CaptionPair> Tokenize(IReadOnlyList<CaptionPair> pairs, int threads, CancellationToken cancellation = default) =>
        CaptionScores.OfEach(pairs, threads, pair => pair.Tokenized(), cancellation);

    /// <summary>Refuses what no metric can score.</summary>
    /// <param name="pairs">The pairs.</param>
    /// <exception cref="DataException">There is no pair, or one without references.</exception>
    internal static void Check(IReadOnlyList<CaptionPair> pairs)
    {
        if (pairs.Count == 0)
        {
            throw new DataException("the captions", "there is no picture to score; give at least one");
        }

        if (pairs.FirstOrDefault(pair => pair.References.Count == 0) is { } bare)
        {
            throw new DataException($"picture {bare.Id}", "it has no reference caption to be compared with; give at least one, or leave the picture out");
        }
    }
}
