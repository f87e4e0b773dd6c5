using System.Runtime.InteropServices;
using Collimate.Generation.Processors;

namespace Collimate.Generation;

/// <summary>One row while it is generated: its tokens, its processors, its random numbers.</summary>
internal sealed class GenerationRow
{
    private readonly GenerationOptions options;
    private readonly List<int> tokens;
    private readonly int promptLength;
    private readonly HashSet<int> stopTokens;
    private readonly ILogitsProcessor[] processors;
    private readonly TextStream text;
    private readonly int likeliest;
    private RandomStream random;
    private double logProbability;

    public GenerationRow(int number, GenerationRequest request, TokenDecoder? decoder)
    {
        Number = number;
        options = request.Options;
        tokens = [.. request.Prompt];
        promptLength = tokens.Count;
        stopTokens = [.. options.StopTokens];
        processors = [.. Processors(options, promptLength)];
        text = new TextStream(decoder, options.StopStrings);
        random = new RandomStream(options.Seed, request.Stream);
        likeliest = request.Likeliest;
        Reason = options.MaxNewTokens == 0 ? StopReason.Length : null;
    }

    /// <summary>The row's number in the requests.</summary>
    public int Number { get; }

    /// <summary>Why the row ended, or null while it goes on.</summary>
    public StopReason? Reason { get; private set; }

    /// <summary>The token chosen last.</summary>
    public int LastToken { get; private set; }

    public GeneratedSequence Result => new(tokens[promptLength..], text.Text, Reason ?? StopReason.Length, logProbability);

    /// <summary>Chooses the next token from the model's scores, which are overwritten.</summary>
    /// <param name="scores">One score for every token of the vocabulary.</param>
    /// <param name="room">How many more tokens the model has positions for.</param>
    public GeneratedToken Advance(Span<float> scores, int room)
    {
        var normalizer = LogSumExp(scores);
        var best = Likeliest(scores, normalizer);
        var raw = processors.Length == 0 ? default : scores.ToArray();
        foreach (var processor in processors)
        {
            processor.Process(CollectionsMarshal.AsSpan(tokens), scores);
        }

        LastToken = options.Temperature == 0 ? Highest(scores) : Draw(scores);
        var likelihood = (raw is null ? scores : raw)[LastToken] - normalizer;
        logProbability += likelihood;
        return (stopTokens.Contains(LastToken) ? End(StopReason.StopToken) : Take(room)) with { LogProbability = likelihood, Likeliest = best };
    }

    // In the order of their scores; of equal ones the first token.
    private TokenLikelihood[] Likeliest(ReadOnlySpan<float> scores, double normalizer)
    {
        if (likeliest == 0)
        {
            return [];
        }

        var best = new PriorityQueue<int, (float Score, int Order)>(likeliest + 1);
        for (var id = 0; id < scores.Length; id++)
        {
            if (best.Count < likeliest)
            {
                best.Enqueue(id, (scores[id], -id));
            }
            else
            {
                best.EnqueueDequeue(id, (scores[id], -id));
            }
        }

        var found = new TokenLikelihood[best.Count];
        for (var place = found.Length - 1; place >= 0; place--)
        {
            var id = best.Dequeue();
            found[place] = new TokenLikelihood(id, scores[id] - normalizer);
        }

        return found;
    }

    private GeneratedToken Take(int room)
    {
        tokens.Add(LastToken);
        var (added, stopped) = text.Read(CollectionsMarshal.AsSpan(tokens)[promptLength..]);
        var full = tokens.Count - promptLength >= options.MaxNewTokens || room == 0;
        return (stopped, full) switch
        {
            (true, _) => End(StopReason.StopString, added),
            (_, true) => End(StopReason.Length, added),
            _ => new GeneratedToken(Number, LastToken, added, null),
        };
    }

    private GeneratedToken End(StopReason reason, string added = "")
    {
        Reason = reason;
        return new GeneratedToken(Number, LastToken, added + text.Finish(), reason);
    }

    private int Draw(ReadOnlySpan<float> scores)
    {
        var (ids, probabilities) = Ranking.Possible(scores);
        var left = random.NextDouble();
        for (var index = 0; index < ids.Length; index++)
        {
            left -= probabilities[index];
            if (left < 0)
            {
                return ids[index];
            }
        }

        return ids[^1]; // rounding left a sliver
    }

    private static int Highest(ReadOnlySpan<float> scores)
    {
        var best = 0;
        for (var id = 1; id < scores.Length; id++)
        {
            if (scores[id] > scores[best])
            {
                best = id;
            }
        }

        return best;
    }

    private static double LogSumExp(ReadOnlySpan<float> scores)
    {
        double highest = scores[Highest(scores)];
        double sum = 0;
        foreach (var score in scores)
        {
            sum += Math.Exp(score - highest);
        }

        if (!double.IsFinite(highest) || !double.IsFinite(sum))
        {
            throw new ArithmeticException("the model's scores are not finite numbers: its weights are damaged, or it overflowed in half precision");
        }

        return highest + Math.Log(sum);
    }

    /// <summary>What changes a row's scores. The order is Hugging Face's: what changes single tokens first, then what shapes the distribution.</summary>
    internal static IEnumerable<ILogitsProcessor> Processors(GenerationOptions options, int promptLength)
    {
        if (options.RepetitionPenalty != 1)
        {
            yield return new RepetitionPenaltyProcessor(options.RepetitionPenalty);
        }

        if (options.NoRepeatNgramSize > 0)
        {
            yield return new NoRepeatNgramProcessor(options.NoRepeatNgramSize);
        }

        if (options.MinNewTokens > 0)
        {
            yield return new MinimumLengthProcessor(promptLength + options.MinNewTokens, options.StopTokens);
        }

        if (options.Temperature == 0)
        {
            yield break;
        }

        if (options.Temperature != 1)
        {
            yield return new TemperatureProcessor(options.Temperature);
        }

        if (options.TopK > 0)
        {
            yield return new TopKProcessor(options.TopK);
        }

        if (options.TopP < 1)
        {
            yield return new TopPProcessor(options.TopP);
        }

        if (options.TypicalP < 1)
        {
            yield return new TypicalProcessor(options.TypicalP);
        }
    }
}
