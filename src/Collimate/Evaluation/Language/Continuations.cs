using Collimate.Alignment;
using Collimate.Alignment.Objectives;
using Collimate.Torch;

namespace Collimate.Evaluation.Language;

/// <summary>Text and how it goes on, in tokens.</summary>
/// <param name="Before">What is given; at least one token.</param>
/// <param name="After">What is to follow.</param>
public readonly record struct Continuation(int[] Before, int[] After);

/// <summary>How likely a model finds that a text goes on in a certain way.</summary>
public static class Continuations
{
    private const int RowsAtOnce = 8;

    /// <summary>The logarithm, in nats, of the probability of every continuation.</summary>
    /// <param name="model">The model; it is shown no picture.</param>
    /// <param name="continuations">Any number; those of like length are best side by side.</param>
    /// <param name="done">Is told how many are done.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static double[] LogLikelihoods(
        VisionLanguageModel model, IReadOnlyList<Continuation> continuations, Action<int>? done = null, CancellationToken cancellation = default)
    {
        using var off = GradMode.Disable();
        var results = new List<double>(continuations.Count);
        foreach (var chunk in continuations.Chunk(RowsAtOnce))
        {
            cancellation.ThrowIfCancellationRequested();
            results.AddRange(OfRows(model, chunk));
            done?.Invoke(results.Count);
        }

        return [.. results];
    }

    /// <summary>Which of several ways to go on is the likeliest; where each is a single token, the text before them is read once.</summary>
    /// <param name="model">The model; it is shown no picture.</param>
    /// <param name="choices">Per question the ways to go on, which all share what is before them.</param>
    /// <param name="done">Is told how many questions are done.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <returns>Per question the number of the likeliest; the first of several alike.</returns>
    public static int[] Likeliest(
        VisionLanguageModel model, IReadOnlyList<Continuation[]> choices, Action<int>? done = null, CancellationToken cancellation = default)
    {
        using var off = GradMode.Disable();
        var results = new List<int>(choices.Count);
        foreach (var chunk in choices.Chunk(RowsAtOnce))
        {
            cancellation.ThrowIfCancellationRequested();
            results.AddRange(Array.TrueForAll(chunk, ways => Array.TrueForAll(ways, way => way.After.Length == 1))
                ? OfTokens(model, chunk)
                : chunk.Select(ways => ways.Chunk(RowsAtOnce).SelectMany(rows => OfRows(model, rows)).ToArray()).Select(First));
            done?.Invoke(results.Count);
        }

        return [.. results];
    }

    private static IEnumerable<int> OfTokens(VisionLanguageModel model, Continuation[][] questions)
    {
        using var scope = new TensorScope();
        var (pass, places) = Run(model, [.. questions.Select(ways => ways[0])]);
        var logits = model.Language.Logits(places.In(pass).Hidden.Narrow(0, 0, places.Count)).To(ScalarType.Float32).ToArray<float>(); // [questions, vocabulary], row by row
        var vocabulary = logits.Length / questions.Length;
        return [.. questions.Select((ways, question) => First([.. ways.Select(way => (double)logits[(question * vocabulary) + way.After[0]])]))];
    }

    private static int First(double[] likelihoods) => Array.IndexOf(likelihoods, likelihoods.Max());

    private static (ForwardPass Pass, AnswerPlaces Places) Run(VisionLanguageModel model, Continuation[] rows)
    {
        int[][] tokens = [.. rows.Select(row => (int[])[.. row.Before, .. row.After])];
        int[][] labels = [.. rows.Select(row => (int[])[.. row.Before.Select(_ => -1), .. row.After])];
        using var batch = TokenRows.ToBatch(tokens, null, imageToken: -1, tokensPerImage: 1, null, labels);
        var pass = model.Forward(batch);
        return (pass, AnswerPlaces.Of(pass.Sequence.Positions));
    }

    private static double[] OfRows(VisionLanguageModel model, Continuation[] rows)
    {
        using var scope = new TensorScope();
        var (pass, places) = Run(model, rows);
        var losses = places.Losses(pass).Losses.To(ScalarType.Float32).ToArray<float>();
        var likelihoods = new double[rows.Length];
        for (var k = 0; k < places.Count; k++)
        {
            likelihoods[places[k] / pass.Sequence.Positions.Length] -= losses[k];
        }

        return likelihoods;
    }
}
