using Collimate.Generation;
using Collimate.Torch;

namespace Collimate.Tests.Generation.Beams;

/// <summary>
/// Beam search of one row by the letter of the reference: always as many beams as asked for, all but the first held back by -1e9 at the
/// start, everything sorted in full. Slow and obvious, to measure the real one against.
/// </summary>
internal sealed class PlainBeamSearch(GenerationOptions options, Func<IReadOnlyList<int>, float[]> scores)
{
    private readonly List<(double Score, int[] Tokens)> complete = [];
    private double worst = 1e9;

    public (double Score, int[] Tokens) Run()
    {
        var beams = Enumerable.Range(0, options.Beams).Select(beam => (Score: beam == 0 ? 0 : -1e9f, Tokens: Array.Empty<int>())).ToList();
        for (var length = 1; ; length++)
        {
            var all = beams.SelectMany(beam => LogSoftmax(scores(beam.Tokens)).Select((score, token) => (Score: score + beam.Score, beam.Tokens, Token: token)))
                .OrderByDescending(candidate => candidate.Score).Take(Math.Max(2, 1 + options.StopTokens.Count) * options.Beams).ToList();
            beams = [];
            foreach (var (candidate, rank) in all.Select((candidate, rank) => (candidate, rank)))
            {
                if (!options.StopTokens.Contains(candidate.Token))
                {
                    beams.Add((candidate.Score, [.. candidate.Tokens, candidate.Token]));
                }
                else if (rank < options.Beams)
                {
                    Add(candidate.Score, candidate.Tokens, length);
                }

                if (beams.Count == options.Beams)
                {
                    break;
                }
            }

            var done = IsDone(all[0].Score, length);
            if (done || length == options.MaxNewTokens)
            {
                foreach (var beam in done ? [] : beams)
                {
                    Add(beam.Score, beam.Tokens, length);
                }

                return complete.OrderBy(entry => entry.Score).Last();
            }
        }
    }

    private void Add(float sum, int[] tokens, int length)
    {
        var score = sum / Math.Pow(length, options.LengthPenalty);
        if (complete.Count >= options.Beams && score <= worst)
        {
            return;
        }

        complete.Add((score, tokens));
        if (complete.Count <= options.Beams)
        {
            worst = Math.Min(score, worst);
            return;
        }

        complete.Remove(complete.MinBy(entry => entry.Score));
        worst = complete.Min(entry => entry.Score);
    }

    private bool IsDone(float best, int length) => complete.Count >= options.Beams && options.EarlyStopping switch
    {
        BeamStopping.WhenEnough => true,
        BeamStopping.Heuristic => worst >= best / Math.Pow(length, options.LengthPenalty),
        _ => worst >= best / Math.Pow(options.LengthPenalty > 0 ? options.MaxNewTokens : length, options.LengthPenalty),
    };

    // The same arithmetic as in the real search, so that near ties fall alike.
    private static float[] LogSoftmax(float[] scores)
    {
        using var scope = new TensorScope();
        return Tensor.From(scores, [1, scores.Length]).LogSoftmax(-1).ToArray<float>();
    }
}
