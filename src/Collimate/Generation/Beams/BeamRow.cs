namespace Collimate.Generation.Beams;

/// <summary>One row of a beam search: its beams, and the sequences that are complete.</summary>
internal sealed class BeamRow
{
    private readonly GenerationOptions options;
    private readonly TokenDecoder? decoder;
    private readonly int promptLength;
    private readonly HashSet<int> stopTokens;
    private readonly ILogitsProcessor[] processors;
    private readonly HypothesisList complete;
    private int generated;

    public BeamRow(int number, GenerationRequest request, TokenDecoder? decoder)
    {
        Number = number;
        options = request.Options;
        this.decoder = decoder;
        promptLength = request.Prompt.Count;
        stopTokens = [.. options.StopTokens];
        processors = [.. GenerationRow.Processors(options, promptLength)];
        complete = new HypothesisList(options);
        // One beam until the first token is chosen: before it all would be the same.
        Beams = [new Beam(0, [.. request.Prompt], 0, 0)];
        IsDone = options.MaxNewTokens == 0;
    }

    /// <summary>The row's number in the requests.</summary>
    public int Number { get; }

    /// <summary>The beams that go on.</summary>
    public IReadOnlyList<Beam> Beams { get; private set; }

    /// <summary>Whether the search is over.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Chooses the next token of every beam.</summary>
    /// <param name="scores">Log-probabilities, <c>[beams, vocabulary]</c>; overwritten.</param>
    /// <param name="room">How many more tokens the model has positions for.</param>
    public void Advance(Span<float> scores, int room)
    {
        var width = scores.Length / Beams.Count;
        var raw = processors.Length == 0 ? null : scores.ToArray();
        for (var beam = 0; beam < Beams.Count; beam++)
        {
            var row = scores.Slice(beam * width, width);
            foreach (var processor in processors)
            {
                processor.Process(Beams[beam].Tokens, row);
            }

            var sum = Beams[beam].Score;
            foreach (ref var score in row)
            {
                score += sum;
            }
        }

        generated++;
        var best = Continue(scores, raw, width);
        IsDone = complete.IsEnough(best, generated) || Beams.Count == 0;
        if (!IsDone && (generated >= options.MaxNewTokens || room == 0))
        {
            foreach (var beam in Beams)
            {
                complete.Add(new Hypothesis(beam, generated, StopReason.Length));
            }

            IsDone = true;
        }
    }

    /// <summary>The best sequence, told token by token.</summary>
    public GeneratedSequence Finish(Action<GeneratedToken>? onToken)
    {
        if (generated == 0)
        {
            return new GeneratedSequence([], "", StopReason.Length, 0);
        }

        var best = complete.Best;
        var tokens = best.Beam.Tokens.AsSpan(promptLength);
        var text = new TextStream(decoder, options.StopStrings);
        for (var count = 1; count <= tokens.Length; count++)
        {
            var (added, _) = text.Read(tokens[..count]);
            var isLast = count == tokens.Length && best.StopToken is null;
            onToken?.Invoke(new GeneratedToken(Number, tokens[count - 1], isLast ? added + text.Finish() : added, isLast ? best.Reason : null));
        }

        if (best.StopToken is { } stop)
        {
            onToken?.Invoke(new GeneratedToken(Number, stop, text.Finish(), best.Reason));
        }

        return new GeneratedSequence(tokens.ToArray(), text.Text, best.Reason, best.Beam.LogProbability);
    }

    // Enough candidates that as many as there are beams go on, however many end with a stop token: 1 + stop tokens of each beam.
    // How many end with a stop string nobody knows, so that the choice is widened where too few are left.
    private float Continue(ReadOnlySpan<float> scores, float[]? raw, int width)
    {
        for (var count = Math.Max(2, 1 + stopTokens.Count) * options.Beams; ; count *= 2)
        {
            var places = Candidates.Best(scores, Math.Min(count, scores.Length));
            var (going, ended) = Sort(places, scores, raw, width);
            if (going.Count < options.Beams && places.Length < scores.Length)
            {
                continue;
            }

            foreach (var hypothesis in ended)
            {
                complete.Add(hypothesis);
            }

            Beams = going;
            return scores[places[0]];
        }
    }

    private (List<Beam> Going, List<Hypothesis> Ended) Sort(int[] places, ReadOnlySpan<float> scores, float[]? raw, int width)
    {
        var (going, ended) = (new List<Beam>(), new List<Hypothesis>());
        for (var rank = 0; rank < places.Length && going.Count < options.Beams; rank++)
        {
            var place = places[rank];
            var (parent, token) = (place / width, place % width);
            var before = Beams[parent];
            var logProbability = before.LogProbability + (raw is null ? scores[place] - before.Score : raw[place]);
            var isStop = stopTokens.Contains(token);
            var beam = new Beam(parent, isStop ? before.Tokens : [.. before.Tokens, token], scores[place], logProbability);
            var reason = isStop ? StopReason.StopToken : HasStopString(beam) ? StopReason.StopString : (StopReason?)null;
            if (reason is null)
            {
                going.Add(beam);
            }
            else if (rank < options.Beams)
            {
                // Further down the list an ending is not taken: it would be complete only because better beams are not yet.
                ended.Add(new Hypothesis(beam, generated, reason.Value, isStop ? token : null));
            }
        }

        return (going, ended);
    }

    private bool HasStopString(Beam beam)
    {
        if (decoder is null || options.StopStrings.Count == 0)
        {
            return false;
        }

        var text = decoder(beam.Tokens.AsSpan(promptLength));
        return options.StopStrings.Any(stop => text.Contains(stop, StringComparison.Ordinal));
    }
}
