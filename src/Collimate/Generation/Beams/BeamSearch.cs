using Collimate.Torch;

namespace Collimate.Generation.Beams;

/// <summary>
/// Follows the likeliest beams of every row at once and keeps the best complete sequence, by the rules of Hugging Face's
/// <c>BeamSearchScorer</c>. A row's prompt runs once; its beams share the session's batch, and rows that are done leave it.
/// </summary>
internal static class BeamSearch
{
    /// <summary>Generates all rows.</summary>
    /// <returns>The best sequence of each request, in their order</returns>
    public static IReadOnlyList<GeneratedSequence> Generate(
        IDecodingSession session, IReadOnlyList<GenerationRequest> requests, TokenDecoder? decoder, Action<GeneratedToken>? onToken, CancellationToken cancellation)
    {
        var results = new GeneratedSequence[requests.Count];
        List<BeamRow> going = [.. requests.Select((request, number) => new BeamRow(number, request, decoder))];
        using var noGradient = GradMode.Disable();
        for (var first = true; going.Exists(row => !row.IsDone); first = false)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = new TensorScope();
            int[] tokens = first ? [] : [.. going.SelectMany(row => row.Beams).Select(beam => beam.Tokens[^1])];
            var logits = first ? session.Prefill() : session.Step(tokens);
            var scores = logits.To(ScalarType.Float32).LogSoftmax(-1).To(Device.Cpu).ToArray<float>(); // [beams of all rows, vocabulary]
            Choose(session, going, scores, scores.Length / (int)logits.Size(0));
            foreach (var row in going.Where(row => row.IsDone))
            {
                results[row.Number] = row.Finish(onToken);
            }

            going.RemoveAll(row => row.IsDone);
        }

        foreach (var row in going)
        {
            results[row.Number] = row.Finish(onToken); // nothing was asked for
        }

        return results;
    }

    private static void Choose(IDecodingSession session, List<BeamRow> going, float[] scores, int vocabulary)
    {
        var (room, sessionRows) = (session.Room, session.Rows);
        var kept = new List<int>();
        var start = 0;
        foreach (var row in going)
        {
            var beams = row.Beams.Count;
            if (!row.IsDone)
            {
                row.Advance(scores.AsSpan(start * vocabulary, beams * vocabulary), room);
            }

            if (!row.IsDone)
            {
                kept.AddRange(row.Beams.Select(beam => start + beam.Parent));
            }

            start += beams;
        }

        if (kept.Count > 0 && !kept.SequenceEqual(Enumerable.Range(0, sessionRows)))
        {
            session.SelectRows(kept.ToArray());
        }
    }
}
