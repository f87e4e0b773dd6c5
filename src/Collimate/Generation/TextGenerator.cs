using Collimate.Generation.Beams;
using Collimate.Torch;

namespace Collimate.Generation;

/// <summary>
/// Generates batches token by token. Every row has options, a stopping point and random numbers of its own; rows that have ended leave
/// the batch, so that they cost nothing while others go on. With <see cref="GenerationOptions.Beams"/> above 1 each row follows several
/// beginnings; its tokens are then reported when it has ended, as no token is certain before.
/// </summary>
/// <param name="decoder">Turns tokens into text; without it no text is reported and stop strings cannot be used.</param>
public sealed class TextGenerator(TokenDecoder? decoder = null)
{
    /// <summary>Generates all rows with the same options; row r draws from stream r of the seed.</summary>
    /// <param name="session">The prompts on their way through a model; not disposed here.</param>
    /// <param name="prompts">The prompts' token ids, one list a row.</param>
    /// <param name="options">How to choose tokens and when to stop.</param>
    /// <param name="onToken">Called for every token as it is chosen, in the order of rows within a step.</param>
    /// <param name="cancellation">Looked at before every step.</param>
    public IReadOnlyList<GeneratedSequence> Generate(
        IDecodingSession session,
        IReadOnlyList<IReadOnlyList<int>> prompts,
        GenerationOptions options,
        Action<GeneratedToken>? onToken = null,
        CancellationToken cancellation = default) =>
        Generate(session, [.. prompts.Select((prompt, row) => new GenerationRequest(prompt, options, (ulong)row))], onToken, cancellation);

    /// <summary>Generates rows that each have their own options.</summary>
    /// <param name="session">The prompts on their way through a model; not disposed here.</param>
    /// <param name="requests">One request for every row of the session.</param>
    /// <param name="onToken">Called for every token as it is chosen, in the order of rows within a step.</param>
    /// <param name="cancellation">Looked at before every step.</param>
    /// <returns>What became of each request, in their order</returns>
    /// <exception cref="ArgumentException">An option lies outside its range, or requests and session do not have the same rows.</exception>
    /// <exception cref="ArithmeticException">The model's scores are not finite.</exception>
    /// <exception cref="OperationCanceledException">The generation was cancelled.</exception>
    public IReadOnlyList<GeneratedSequence> Generate(
        IDecodingSession session,
        IReadOnlyList<GenerationRequest> requests,
        Action<GeneratedToken>? onToken = null,
        CancellationToken cancellation = default)
    {
        Check(session, requests);
        if (requests.Any(request => request.Options.Beams > 1))
        {
            return BeamSearch.Generate(session, requests, decoder, onToken, cancellation);
        }

        GenerationRow[] rows = [.. requests.Select((request, number) => new GenerationRow(number, request, decoder))];
        List<GenerationRow> going = [.. rows];
        using var noGradient = GradMode.Disable();
        for (var first = true; going.Exists(row => row.Reason is null); first = false)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = new TensorScope();
            var scores = Scores(session, going, first);
            var width = scores.Length / going.Count;
            var room = session.Room;
            for (var index = 0; index < going.Count; index++)
            {
                if (going[index].Reason is null)
                {
                    var token = going[index].Advance(scores.AsSpan(index * width, width), room);
                    onToken?.Invoke(token);
                }
            }

            DropEnded(session, going);
        }

        return [.. rows.Select(row => row.Result)];
    }

    private static float[] Scores(IDecodingSession session, List<GenerationRow> going, bool first)
    {
        var logits = first ? session.Prefill() : session.Step(going.Select(row => row.LastToken).ToArray());
        return logits.To(Device.Cpu).To(ScalarType.Float32).ToArray<float>();  // [rows, vocabulary]
    }

    private static void DropEnded(IDecodingSession session, List<GenerationRow> going)
    {
        int[] kept = [.. Enumerable.Range(0, going.Count).Where(index => going[index].Reason is null)];
        if (kept.Length > 0 && kept.Length < going.Count)
        {
            session.SelectRows(kept);
            going.RemoveAll(row => row.Reason is not null);
        }
    }

    private void Check(IDecodingSession session, IReadOnlyList<GenerationRequest> requests)
    {
        if (requests.Count != session.Rows)
        {
            throw new ArgumentException($"{requests.Count} requests for a session of {session.Rows} rows", nameof(requests));
        }

        foreach (var request in requests)
        {
            request.Options.Validate();
            if (decoder is null && request.Options.StopStrings.Count > 0)
            {
                throw new ArgumentException("stop strings need a generator that was made with a token decoder", nameof(requests));
            }
        }

        if (requests.Any(request => request.Options.Beams > 1) && requests.Any(request => request.Options.Beams == 1))
        {
            throw new ArgumentException("some rows ask for beam search and some do not; generate them in batches of their own", nameof(requests));
        }
    }
}
