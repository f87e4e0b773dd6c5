using System.Globalization;
using System.Text.RegularExpressions;
using Collimate.Generation;
using Collimate.Generation.Processors;
using Collimate.Torch;

namespace Collimate.Verification;

/// <summary>
/// No model: what the processors of <see cref="ILogitsProcessor"/> make of recorded <c>scores</c> behind recorded <c>input_ids</c>.
/// Names say which: <c>temperature_0.6_then_top_k_20_then_top_p_0.9</c>; with <c>.softmax</c> the probabilities behind it.
/// </summary>
internal sealed partial class LogitsProcessorReplay : IReplay
{
    private const string Softmax = ".softmax";

    /// <inheritdoc/>
    public void Run(Replayed run)
    {
        foreach (var name in run.Recording.OutputNames)
        {
            run.Part(name, () => Replay(run, name));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static void Replay(Replayed run, string name)
    {
        var chain = name.EndsWith(Softmax, StringComparison.Ordinal) ? name[..^Softmax.Length] : name;
        ILogitsProcessor?[] processors = [.. chain.Split("_then_").Select(Parse)];
        if (processors.Contains(null))
        {
            run.Excuse(name, "a processor of that name is not known");
            return;
        }

        var scores = run.Recording.Input("scores");                            // [rows, vocabulary]
        var ids = run.Recording.Ids("input_ids");
        if (scores.Rank != 2 || scores.Size(0) != ids.Size(0))
        {
            throw new RecordingException($"{run.Recording.Folder}: 'scores' is {scores} beside 'input_ids' {ids}; expected one row of scores for each row of ids.");
        }

        var rows = scores.To(ScalarType.Float32).ToArray<float>().Chunk((int)scores.Size(1)).ToArray();
        var tokens = ids.ToArray<long>().Select(id => (int)id).Chunk((int)ids.Size(1)).ToArray();
        for (var row = 0; row < rows.Length; row++)
        {
            foreach (var processor in processors)
            {
                processor!.Process(tokens[row], rows[row]);
            }

            if (chain == name)
            {
                run.Count($"kept.{name}.{row}", rows[row].Count(score => !float.IsNegativeInfinity(score)));
            }
        }

        var processed = Tensor.From<float>([.. rows.SelectMany(row => row)], scores.Shape);
        run.Output(name, chain == name ? processed : processed.Softmax(-1));
    }

    private static ILogitsProcessor? Parse(string name)
    {
        if (Pattern().Match(name) is not { Success: true } match)
        {
            return null;
        }

        var value = double.Parse(match.Groups["value"].ValueSpan, CultureInfo.InvariantCulture);
        var extra = match.Groups["extra"] is { Success: true } group ? int.Parse(group.ValueSpan, CultureInfo.InvariantCulture) : (int?)null;
        return match.Groups["kind"].Value switch
        {
            "temperature" => new TemperatureProcessor(value),
            "top_k" => new TopKProcessor((int)value),
            "top_p" => new TopPProcessor(value, minimum: extra ?? 1),
            "typical_p" => new TypicalProcessor(value),
            "repetition_penalty" => new RepetitionPenaltyProcessor(value),
            "no_repeat_ngram" => new NoRepeatNgramProcessor((int)value),
            "min_length" => new MinimumLengthProcessor((int)value, extra is { } stop ? [stop] : []),
            _ => null,
        };
    }

    [GeneratedRegex(@"^(?<kind>temperature|top_k|top_p|typical_p|repetition_penalty|no_repeat_ngram|min_length)_(?<value>[0-9]{1,6}(\.[0-9]{1,9})?)(_(min_keep|eos)_(?<extra>[0-9]{1,7}))?$")]
    private static partial Regex Pattern();
}
